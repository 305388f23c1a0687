/// libpq; macros that Swift does not import as functions.
#ifndef CPOSTGRESQL_H
#define CPOSTGRESQL_H

#include <postgresql/libpq-fe.h>

/// The five characters of an error's SQLSTATE; NULL where the server did not send one.
static inline const char *cpg_sqlstate(const PGresult *result) { return PQresultErrorField(result, PG_DIAG_SQLSTATE); }

/// The error's one-line message, without the place in the query; NULL where the server did not send one.
static inline const char *cpg_message(const PGresult *result) {
    return PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
}

static inline void cpg_ignore_notice(void *context, const PGresult *notice) {
    (void)context;
    (void)notice;
}

/// Notices would go to standard error.
static inline void cpg_ignore_notices(PGconn *connection) {
    PQsetNoticeReceiver(connection, cpg_ignore_notice, NULL);
}

#endif
