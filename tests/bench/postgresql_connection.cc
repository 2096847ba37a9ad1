#include "tests/bench/postgresql_connection.h"

#include <cstdio>
#include <cstdlib>

namespace repatriation {

void Die(const std::string& why) {
  std::fprintf(stderr, "postgresql_load: %s\n", why.c_str());
  // No destructors, since other threads may be inside libpq.
  std::_Exit(1);
}

PostgresqlConnection::PostgresqlConnection(const std::string& conninfo)
    : connection_(PQconnectdb(conninfo.c_str()), PQfinish) {
  if (PQstatus(connection_.get()) != CONNECTION_OK) DieOfServerError("cannot connect");
}

PostgresqlConnection::Result PostgresqlConnection::Execute(const std::string& sql) {
  return Checked(PQexec(connection_.get(), sql.c_str()));
}

int64_t PostgresqlConnection::Number(const std::string& sql) {
  const Result result = Execute(sql);
  if (PQntuples(result.get()) == 0) Die("no rows: " + sql);
  return std::atoll(PQgetvalue(result.get(), 0, 0));
}

void PostgresqlConnection::Prepare(const std::string& name, const std::string& sql) {
  Checked(PQprepare(connection_.get(), name.c_str(), sql.c_str(), 0, nullptr));
}

void PostgresqlConnection::SendPrepared(const std::string& name,
                                        const std::vector<std::string>& parameters) {
  std::vector<const char*> values;
  std::vector<int> lengths;
  const std::vector<int> formats(parameters.size(), 1);
  for (const std::string& parameter : parameters) {
    values.push_back(parameter.data());
    lengths.push_back(static_cast<int>(parameter.size()));
  }
  if (PQsendQueryPrepared(connection_.get(), name.c_str(), static_cast<int>(values.size()),
                          values.data(), lengths.data(), formats.data(), 1) == 0) {
    DieOfServerError("cannot send");
  }
  if (pipeline_ && PQpipelineSync(connection_.get()) == 0) DieOfServerError("cannot send");
}

PostgresqlConnection::Result PostgresqlConnection::Receive() {
  Result last(nullptr, PQclear);
  while (PGresult* result = PQgetResult(connection_.get())) last = Checked(result);
  if (pipeline_) {
    const Result synced = Checked(PQgetResult(connection_.get()));
    if (PQresultStatus(synced.get()) != PGRES_PIPELINE_SYNC)
      DieOfServerError("no end of transaction");
  }
  return last;
}

void PostgresqlConnection::EnterPipeline() {
  if (PQenterPipelineMode(connection_.get()) == 0) DieOfServerError("cannot enter pipeline mode");
  pipeline_ = true;
}

void PostgresqlConnection::Copy(const std::string& sql, const std::string& bytes) {
  Execute(sql);
  if (PQputCopyData(connection_.get(), bytes.data(), static_cast<int>(bytes.size())) != 1 ||
      PQputCopyEnd(connection_.get(), nullptr) != 1) {
    DieOfServerError("COPY failed");
  }
  Receive();
}

void PostgresqlConnection::Send(const std::string& sql) {
  if (PQsendQuery(connection_.get(), sql.c_str()) == 0) DieOfServerError("cannot send");
}

void PostgresqlConnection::DieOfServerError(const std::string& what) const {
  Die(what + ": " + PQerrorMessage(connection_.get()));
}

PostgresqlConnection::Result PostgresqlConnection::Checked(PGresult* raw) const {
  Result result(raw, PQclear);
  switch (PQresultStatus(raw)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_COPY_IN:
    case PGRES_PIPELINE_SYNC:
      return result;
    default:
      DieOfServerError("statement failed");
  }
}

}  // namespace repatriation
