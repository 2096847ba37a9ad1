// For programs whose threads synchronize inside RocksDB: the packaged library is not
// instrumented, so ThreadSanitizer does not see this synchronization. Races with a frame
// of the library in a stack are suppressed; our own are reported.
extern "C" const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() { return "race:librocksdb.so\n"; }
