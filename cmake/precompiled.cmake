# Precompiled headers: those that nearly every file includes and that dominate
# compile time. No file relies on them: each includes what it uses, which the preset
# dev checks with -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON.

set(REPAT_PRECOMPILED_core
  <algorithm> <atomic> <condition_variable> <cstdint> <deque> <filesystem> <functional> <map>
  <memory> <mutex> <set> <string> <thread> <utility> <vector>
  <absl/container/flat_hash_map.h> <absl/container/flat_hash_set.h>
  <absl/functional/any_invocable.h> <absl/functional/function_ref.h>
  <absl/status/status.h> <absl/status/statusor.h>
  <absl/strings/match.h> <absl/strings/str_cat.h> <absl/strings/str_format.h>
  <absl/strings/str_join.h> <absl/strings/string_view.h>
  <absl/time/clock.h> <absl/time/time.h> <absl/types/optional.h> <absl/types/span.h>
  <google/protobuf/util/time_util.h>
  <repatriation/v1/backup_service.pb.h>
  <repatriation/v1/ingest_service.pb.h>
  <repatriation/v1/ledger_feed_service.pb.h>
  <repatriation/v1/ledger_proof_service.pb.h>
  <repatriation/v1/query_service.pb.h>)
set(REPAT_PRECOMPILED_rpc
  ${REPAT_PRECOMPILED_core} <grpcpp/grpcpp.h>
  <repatriation/v1/backup_service.grpc.pb.h>
  <repatriation/v1/ingest_service.grpc.pb.h>
  <repatriation/v1/ledger_feed_service.grpc.pb.h>
  <repatriation/v1/ledger_proof_service.grpc.pb.h>
  <repatriation/v1/query_service.grpc.pb.h>)
set(REPAT_PRECOMPILED_core_test ${REPAT_PRECOMPILED_core} <gmock/gmock.h> <gtest/gtest.h>)
set(REPAT_PRECOMPILED_rpc_test ${REPAT_PRECOMPILED_rpc} <gmock/gmock.h> <gtest/gtest.h>)

# repat_precompile(TARGET core|rpc|core_test|rpc_test)
# The first target that uses a set compiles it, the others reuse it. So the first
# target must not have compile definitions that the others lack.
function(repat_precompile target set)
  get_property(owner GLOBAL PROPERTY REPAT_PRECOMPILED_BY_${set})
  if(owner)
    target_precompile_headers(${target} REUSE_FROM ${owner})
  else()
    target_precompile_headers(${target} PRIVATE ${REPAT_PRECOMPILED_${set}})
    set_property(GLOBAL PROPERTY REPAT_PRECOMPILED_BY_${set} ${target})
  endif()
endfunction()
