"""Python stubs of the project's protos, generated from the .proto files on import.

`v1` has every message, enum value and client stub of repatriation.v1, `rpc` those of
google.rpc's status and error details, `health` those of the standard health service.
"""
import importlib
import pathlib
import subprocess
import sys
import tempfile
import types

ROOT = pathlib.Path(__file__).resolve().parents[2]

_SOURCES = {
    ROOT / "proto": [
        "google/rpc/error_details", "google/rpc/status",
        "repatriation/v1/backup_service", "repatriation/v1/drawdown", "repatriation/v1/event",
        "repatriation/v1/figure",
        "repatriation/v1/ingest_service", "repatriation/v1/ledger_feed_service",
        "repatriation/v1/ledger_proof_service", "repatriation/v1/query_service",
        "repatriation/v1/reconciliation"],
    pathlib.Path(__file__).parent / "proto": ["grpc/health/v1/health"],
}


def generate(folder):
    """Writes the stubs to `folder`, for use on a PYTHONPATH."""
    plugin = subprocess.run(["which", "grpc_python_plugin"], stdout=subprocess.PIPE, text=True,
                            check=True).stdout.strip()
    for root, names in _SOURCES.items():
        subprocess.run(
            ["protoc", f"-I{root}", f"--python_out={folder}", f"--grpc_python_out={folder}",
             f"--plugin=protoc-gen-grpc_python={plugin}", *(f"{name}.proto" for name in names)],
            check=True)
        # Moved to the top level, because `grpc` is the package of the runtime.
        for made in pathlib.Path(folder).glob("grpc/health/v1/*.py"):
            text = made.read_text().replace("from grpc.health.v1 import", "import")
            (pathlib.Path(folder) / made.name).write_text(text)


def _merge(*modules):
    names = {}
    for module in modules:
        names.update({key: value for key, value in vars(importlib.import_module(module)).items()
                      if not key.startswith("_")})
    return types.SimpleNamespace(**names)


def _load():
    with tempfile.TemporaryDirectory(prefix="repat-stubs-") as folder:
        generate(folder)
        sys.path.insert(0, folder)
        try:
            messages = ["drawdown", "event", "figure", "reconciliation"]
            services = ["backup_service", "ingest_service", "ledger_feed_service",
                        "ledger_proof_service",
                        "query_service"]
            return (
                _merge(*(f"repatriation.v1.{name}_pb2" for name in messages + services),
                       *(f"repatriation.v1.{name}_pb2_grpc" for name in services)),
                _merge("google.rpc.status_pb2", "google.rpc.error_details_pb2"),
                _merge("health_pb2", "health_pb2_grpc"))
        finally:
            sys.path.remove(folder)


v1, rpc, health = _load()
