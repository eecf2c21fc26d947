// The parts of libpq that queuectl calls, declared here and looked up in libpq.so.5 on first use.
// Nothing is linked: programs start as fast as without libpq, and build without its headers.
#ifndef CPOSTGRES_H
#define CPOSTGRES_H

#include <stdint.h>

#pragma clang assume_nonnull begin

/// A connection, and the result of a statement.
typedef struct pg_conn PGconn;
typedef struct pg_result PGresult;

/// The status of a connection that failed.
enum { CPOSTGRES_CONNECTION_BAD = 1 };

/// What an unfinished connection waits for, see PQconnectPoll.
enum {
  CPOSTGRES_POLLING_FAILED = 0,
  CPOSTGRES_POLLING_READING = 1,
  CPOSTGRES_POLLING_WRITING = 2,
  CPOSTGRES_POLLING_OK = 3,
};

/// The outcome of a statement.
enum {
  CPOSTGRES_EMPTY_QUERY = 0,
  CPOSTGRES_COMMAND_OK = 1,
  CPOSTGRES_TUPLES_OK = 2,
};

/// PG_DIAG_SQLSTATE and PG_DIAG_MESSAGE_PRIMARY.
enum {
  CPOSTGRES_SQLSTATE = 'C',
  CPOSTGRES_MESSAGE = 'M',
};

/// A notification, see PQnotifies. Free it with `freemem`.
typedef struct pgNotify {
  char *channel;
  int sender;
  char *payload;
  struct pgNotify *_Nullable next;
} PGnotify;

typedef void (*cpostgres_notice_processor)(void *_Nullable context, const char *message);

/// The functions, each named as in libpq without its prefix `PQ`.
typedef struct cpostgres_functions {
  int (*_Nonnull libVersion)(void);
  PGconn *_Nullable (*_Nonnull connectStartParams)(
      const char *_Nullable const *_Nonnull keywords,
      const char *_Nullable const *_Nonnull values, int expand);
  int (*_Nonnull connectPoll)(PGconn *);
  int (*_Nonnull status)(const PGconn *);
  int (*_Nonnull socket)(const PGconn *);
  int (*_Nonnull serverVersion)(const PGconn *);
  const char *_Nullable (*_Nonnull parameterStatus)(const PGconn *, const char *name);
  char *_Nonnull (*_Nonnull errorMessage)(const PGconn *);
  char *_Nullable (*_Nonnull user)(const PGconn *);
  void (*_Nonnull finish)(PGconn *);
  int (*_Nonnull setnonblocking)(PGconn *, int);
  int (*_Nonnull sendQuery)(PGconn *, const char *sql);
  int (*_Nonnull sendQueryParams)(
      PGconn *, const char *sql, int count, const uint32_t *_Nullable types,
      const char *_Nullable const *_Nullable values, const int *_Nullable lengths,
      const int *_Nullable formats, int result_format);
  int (*_Nonnull flush)(PGconn *);
  int (*_Nonnull consumeInput)(PGconn *);
  int (*_Nonnull isBusy)(PGconn *);
  PGresult *_Nullable (*_Nonnull getResult)(PGconn *);
  int (*_Nonnull resultStatus)(const PGresult *);
  char *_Nullable (*_Nonnull resultErrorField)(const PGresult *, int field);
  int (*_Nonnull ntuples)(const PGresult *);
  char *_Nonnull (*_Nonnull getvalue)(const PGresult *, int row, int column);
  int (*_Nonnull getlength)(const PGresult *, int row, int column);
  int (*_Nonnull getisnull)(const PGresult *, int row, int column);
  char *_Nonnull (*_Nonnull cmdTuples)(PGresult *);
  char *_Nonnull (*_Nonnull cmdStatus)(PGresult *);
  void (*_Nonnull clear)(PGresult *);
  PGnotify *_Nullable (*_Nonnull notifies)(PGconn *);
  void (*_Nonnull freemem)(void *);
  cpostgres_notice_processor _Nullable (*_Nonnull setNoticeProcessor)(
      PGconn *, cpostgres_notice_processor _Nullable, void *_Nullable);
} cpostgres_functions;

/// Looks up all functions in the library `name`, which is then loaded for good.
/// Returns 0; else -1 with the loader's reason, which is valid until the next call, in `reason`.
/// `is_found` tells a library without one of the functions from a missing one.
int cpostgres_load(
    const char *name, cpostgres_functions *functions, const char *_Nullable *_Nonnull reason,
    int *is_found);

/// Discards the notices of a connection, which libpq would write to standard error.
void cpostgres_discard_notices(const cpostgres_functions *functions, PGconn *connection);

#pragma clang assume_nonnull end

#endif
