// For programs whose threads meet inside RocksDB: the packaged library is not
// instrumented, so ThreadSanitizer does not see what orders its threads. Races
// with a frame of the library in a stack are left out; our own are reported.
extern "C" const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() { return "race:librocksdb.so\n"; }
