// SQLite's C interface, with wrappers for variadic calls and a cast that Swift can't import.
#ifndef CSQLITE_H
#define CSQLITE_H

#include <sqlite3.h>

/// Keeps statement journals in memory, whatever their size. Call before any database is opened.
/// Source: <https://sqlite.org/c3ref/c_config_covering_index_scan.html#sqliteconfigstmtjrnlspill>
static inline int csqlite_keep_statement_journals_in_memory(void) {
  return sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, -1);
}

/// Disables memory statistics, which lock per allocation. Call before any database is opened.
/// Source: <https://sqlite.org/c3ref/c_config_covering_index_scan.html#sqliteconfigmemstatus>
static inline int csqlite_count_no_memory(void) {
  return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static inline int csqlite_disable_checkpoint_on_close(sqlite3 *db) {
  return sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}

/// Keeps a crafted file's schema from calling functions with side effects, and SQL from changing
/// SQLite's internal data. Source: <https://sqlite.org/security.html>
static inline void csqlite_distrust_file(sqlite3 *db) {
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)0);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
}

/// Binds text that SQLite copies before returning.
static inline int csqlite_bind_text(
    sqlite3_stmt *statement, int index, const char *bytes, int length) {
  return sqlite3_bind_text(statement, index, bytes, length, SQLITE_TRANSIENT);
}

#endif
