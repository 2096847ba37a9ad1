// A connection to PostgreSQL for the comparison: libpq, owned, and ending the
// process with the server's words when anything fails, since a measurement
// that failed has no figure.
//
// Thread-safety: one thread at a time.
#ifndef TESTS_BENCH_POSTGRESQL_CONNECTION_H_
#define TESTS_BENCH_POSTGRESQL_CONNECTION_H_

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <vector>

namespace repatriation {

// Says why on stderr and ends the process with 1.
[[noreturn]] void Die(const std::string& why);

class PostgresqlConnection {
 public:
  using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

  // Blocks until connected. `conninfo` as libpq reads it; empty: PGHOST and so on.
  explicit PostgresqlConnection(const std::string& conninfo);

  // Runs one or more statements and returns the last result. Blocks.
  Result Execute(const std::string& sql);
  // The first column of the first row of `sql`, as a number.
  int64_t Number(const std::string& sql);

  // Names `sql` for SendPrepared. Blocks.
  void Prepare(const std::string& name, const std::string& sql);
  // Sends the statement with parameters in binary form, without waiting for
  // its result. In pipeline mode it is a transaction of its own.
  void SendPrepared(const std::string& name, const std::vector<std::string>& parameters);
  // Waits for what was sent, and for its commit.
  Result Receive();

  // From here on several statements may be under way at once.
  void EnterPipeline();

  // COPY ... FROM STDIN: starts with `sql`, sends `bytes`, ends. Each blocks.
  void Copy(const std::string& sql, const std::string& bytes);
  // Sends statements without waiting; Receive() once for all of them.
  void Send(const std::string& sql);

 private:
  [[noreturn]] void DieOfServer(const std::string& what) const;
  Result Checked(PGresult* result) const;

  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
  bool pipeline_ = false;
};

}  // namespace repatriation

#endif  // TESTS_BENCH_POSTGRESQL_CONNECTION_H_
