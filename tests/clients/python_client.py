"""Streams events to the ingest service: python_client.py HOST:PORT < events.jsonl

Each line is a repatriation.v1.Event as JSON. A batch is durable once it is answered. Unanswered
batches are resent when the stream breaks, which is safe because of their ids.
"""
import collections
import itertools
import queue
import random
import sys
import time

import grpc
from google.protobuf import json_format
from repatriation.v1 import event_pb2, ingest_service_pb2, ingest_service_pb2_grpc

BATCH, WINDOW = 1000, 4  # events in a batch, batches in flight
GIVE_UP_AFTER = 10  # failures in a row, more than a minute
TRANSIENT = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED)


def read_batches(lines):
    while chunk := list(itertools.islice(lines, BATCH)):
        yield ingest_service_pb2.StreamEventsRequest(submissions=[
            {"event": json_format.Parse(line, event_pb2.Event())} for line in chunk])


def stream(stub, batches, on_result):
    """Calls on_result(request, result) for each batch, in order, once it is durable."""
    unanswered, failures = collections.deque(), 0
    while True:
        outbox = queue.SimpleQueue()
        requests = itertools.chain(list(unanswered), iter(outbox.get, None))
        call = stub.StreamEvents(requests, wait_for_ready=True)
        try:
            while True:
                for batch in itertools.islice(batches, WINDOW - len(unanswered)):
                    unanswered.append(batch)
                    outbox.put(batch)
                if not unanswered:
                    return outbox.put(None)
                response = next(call)
                on_result(unanswered.popleft(), response.result)
                failures = 0
        except grpc.RpcError as error:
            outbox.put(None)
            if error.code() not in TRANSIENT or failures == GIVE_UP_AFTER:
                raise
            time.sleep(random.uniform(0.1, 0.2) * 2 ** failures)
            failures += 1


def report(request, result):
    for bad in result.rejections:
        print(f"{request.submissions[bad.index].event.event_id}: {bad.field}: {bad.description}")
    print(f"durable through position {max(result.positions)}", flush=True)


with grpc.insecure_channel(sys.argv[1]) as channel:
    stream(ingest_service_pb2_grpc.IngestServiceStub(channel), read_batches(sys.stdin), report)
