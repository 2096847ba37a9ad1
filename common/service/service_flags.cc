#include "common/service/service_flags.h"

#include "common/service/flags.h"

namespace repatriation {

void AddServiceFlags(CLI::App& app, const std::string& data_dir_help, ServiceFlags& flags) {
  AddServerFlags(app, flags.server);
  app.add_option("--data_dir", flags.data_dir, data_dir_help)->required();
  AddNumberFlag<size_t>(app, "--store_cache_bytes", flags.store.cache_bytes, 1 << 20,
                        size_t{64} << 30, "Memory for RocksDB's block cache");
  AddNumberFlag<size_t>(app, "--store_write_buffer_bytes", flags.store.write_buffer_bytes,
                        size_t{64} << 10, size_t{1} << 30,
                        "Memory for RocksDB's write buffer, for each of its tables");
  AddNumberFlag<size_t>(app, "--id_filter_bytes", flags.ids.filter_bytes, 1 << 20, size_t{64} << 30,
                        "Memory for the id index's Bloom filter; 2.6 bytes per id are plenty");
  AddNumberFlag<size_t>(app, "--id_run_ids", flags.ids.run_ids, 100, 100'000'000,
                        "Ids buffered in memory before they are written as a sorted run; up to "
                        "seven times as many while a run is written, at up to 32 bytes each");
  AddNumberFlag<size_t>(app, "--id_merge_runs", flags.ids.merge_runs, 2, 64,
                        "Number of equal-sized runs of ids merged at once");
  AddNumberFlag<size_t>(app, "--id_filter_save_ids", flags.ids.filter_save_ids, 1, 1'000'000'000,
                        "New ids after which the filter is saved; a start rereads up to as many "
                        "from runs");
}

}  // namespace repatriation
