// A connection to PostgreSQL for the comparison: owns a libpq connection, and exits
// the process with the server's message on any error, since a failed measurement has
// no result.
//
// Thread-safety: one thread at a time.
#ifndef TESTS_BENCH_POSTGRESQL_CONNECTION_H_
#define TESTS_BENCH_POSTGRESQL_CONNECTION_H_

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <vector>

namespace repatriation {

// Prints `why` on stderr and exits with status 1.
[[noreturn]] void Die(const std::string& why);

class PostgresqlConnection {
 public:
  using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

  // Blocks until connected. `conninfo` is a libpq connection string; empty: the PG*
  // environment variables.
  explicit PostgresqlConnection(const std::string& conninfo);

  // Runs one or more statements and returns the last result. Blocks.
  Result Execute(const std::string& sql);
  // The first column of the first row of `sql`, as a number.
  int64_t Number(const std::string& sql);

  // Prepares `sql` as `name` for SendPrepared(). Blocks.
  void Prepare(const std::string& name, const std::string& sql);
  // Sends the statement with binary parameters, without waiting for its result. In
  // pipeline mode each statement is its own transaction.
  void SendPrepared(const std::string& name, const std::vector<std::string>& parameters);
  // Waits for the result of what was sent, and its commit.
  Result Receive();

  // Enables pipeline mode: several statements may be in flight.
  void EnterPipeline();

  // COPY ... FROM STDIN: starts with `sql`, sends `bytes`, and ends. Blocks.
  void Copy(const std::string& sql, const std::string& bytes);
  // Sends statements without waiting; Receive() once for all of them.
  void Send(const std::string& sql);

 private:
  [[noreturn]] void DieOfServerError(const std::string& what) const;
  Result Checked(PGresult* result) const;

  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
  bool pipeline_ = false;
};

}  // namespace repatriation

#endif  // TESTS_BENCH_POSTGRESQL_CONNECTION_H_
