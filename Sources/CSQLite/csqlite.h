// SQLite's C interface, plus the few parts of it that Swift can't import: a variadic call and a
// cast of an integer to a function pointer.
#ifndef CSQLITE_H
#define CSQLITE_H

#include <sqlite3.h>

/// Has statement journals stay in memory, in this process, whatever their size. Before any database
/// is opened.
/// Source: <https://sqlite.org/c3ref/c_config_covering_index_scan.html#sqliteconfigstmtjrnlspill>
static inline int csqlite_keep_statement_journals_in_memory(void) {
  return sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, -1);
}

/// Has SQLite not count the memory that it uses, in this process: it takes a lock for each piece.
/// Before any database is opened.
/// Source: <https://sqlite.org/c3ref/c_config_covering_index_scan.html#sqliteconfigmemstatus>
static inline int csqlite_count_no_memory(void) {
  return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/// Keeps SQLite from running a checkpoint when a connection closes.
static inline int csqlite_disable_checkpoint_on_close(sqlite3 *db) {
  return sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}

/// Keeps the tables, triggers and views of a file that others may have prepared from calling
/// functions with side effects, and SQL from changing what SQLite keeps for itself. Source:
/// <https://sqlite.org/security.html>
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
