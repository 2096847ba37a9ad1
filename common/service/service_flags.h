// Command-line flags of both services: where they listen, and the data directory with
// its store and id index.
//
// Thread-safety: only for main(), before it starts other threads.
#ifndef COMMON_SERVICE_SERVICE_FLAGS_H_
#define COMMON_SERVICE_SERVICE_FLAGS_H_

#include <CLI/CLI.hpp>
#include <string>

#include "common/id_index/id_index.h"
#include "common/rpc/server.h"
#include "common/storage/store.h"

namespace repatriation {

struct ServiceFlags {
  ServerOptions server;
  std::string data_dir;
  StoreOptions store;  // without path and tables
  IdIndexOptions ids;  // without path
};

// `data_dir_help` describes --data_dir. The current values are the defaults.
void AddServiceFlags(CLI::App& app, const std::string& data_dir_help, ServiceFlags& flags);

}  // namespace repatriation

#endif  // COMMON_SERVICE_SERVICE_FLAGS_H_
