// What is left of a worker without all that makes it one: it writes the same rows of the same tables in one transaction a job, waits in
// the same line, makes a log for each and starts `sh -c` in a session of its own. It retries nothing, renews no lease, can't be stopped, and
// ends when anything goes wrong. So it shows what a worker could reach.
//
// limit DATABASE WORKERS normal|full    runs every job that waits in the queue "default", then ends; full: each commit is synced, outside
//                                       of the line

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static sqlite3 *database;

static void fail(const char *what) {
  fprintf(stderr, "limit: %s: %s\n", what, database ? sqlite3_errmsg(database) : strerror(errno));
  exit(1);
}

static sqlite3_stmt *prepared(const char *sql) {
  sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK) fail(sql);
  return statement;
}

// Runs a statement that gives no rows.
static void run(sqlite3_stmt *statement) {
  if (sqlite3_step(statement) != SQLITE_DONE) fail(sqlite3_sql(statement));
  sqlite3_reset(statement);
}

// The first column of the one row at most; 0 for none.
static sqlite3_int64 value(sqlite3_stmt *statement) {
  int code = sqlite3_step(statement);
  if (code != SQLITE_ROW && code != SQLITE_DONE) fail(sqlite3_sql(statement));
  sqlite3_int64 result = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
  sqlite3_reset(statement);
  return result;
}

// Asks for the lock again after a constant time, however often it was asked.
static int pause_a_millisecond(void *unused, int tries) {
  (void)unused;
  (void)tries;
  usleep(1000);
  return 1;
}

static sqlite3_int64 now(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

static pid_t start(const char *command, const char *log) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  int output = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (output < 0 && errno == ENOENT) {
    char directory[4200];
    snprintf(directory, sizeof directory, "%.*s", (int)(strrchr(log, '/') - log), log);
    mkdir(directory, 0700);
    output = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }
  int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (output < 0 || input < 0) fail(log);
  posix_spawn_file_actions_adddup2(&actions, input, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  posix_spawn_file_actions_adddup2(&actions, output, 2);
  char *arguments[] = {"sh", "-c", (char *)command, NULL};
  pid_t child;
  if ((errno = posix_spawn(&child, "/bin/sh", &actions, &attributes, arguments, environ)) != 0) fail("/bin/sh");
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  close(output);
  close(input);
  return child;
}

static void work(const char *path, int durable) {
  if (sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) fail(path);
  sqlite3_busy_handler(database, pause_a_millisecond, NULL);
  sqlite3_exec(database, "PRAGMA synchronous = NORMAL", NULL, NULL, NULL);
  char wal[4096];
  snprintf(wal, sizeof wal, "%s-wal", path);
  int log_of_commits = durable ? open(wal, O_RDWR | O_CLOEXEC) : -1;
  if (durable && log_of_commits < 0) fail(wal);
  char logs[4096];
  snprintf(logs, sizeof logs, "%s.d", path);
  int line = open(logs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  snprintf(logs, sizeof logs, "%s.d/logs", path);

  sqlite3_stmt *begin = prepared("BEGIN IMMEDIATE"), *commit = prepared("COMMIT");
  sqlite3_stmt *end_job = prepared("UPDATE jobs SET state = 'completed', attempts = attempts + 1, updated_at = ?2 WHERE seq = ?1");
  sqlite3_stmt *end_run = prepared(
      "UPDATE runs SET finished_at = ?2, outcome = 'completed', exit_code = 0, elapsed_ms = 1, cpu_ms = 1, peak_bytes = 1 WHERE id = ?1");
  sqlite3_stmt *count = prepared(
      "INSERT INTO rates VALUES (?1, 'default', ?2, 0, 1, 1) ON CONFLICT DO UPDATE SET times = times + 1");
  sqlite3_stmt *head = prepared(
      "SELECT seq FROM jobs INDEXED BY jobs_ready WHERE ready = 1 AND queue = 'default' ORDER BY priority DESC, seq LIMIT 1");
  sqlite3_stmt *begin_run = prepared("INSERT INTO runs (job, attempt, worker, started_at, waited_ms) VALUES (?1, 1, 1, ?2, 1)");
  sqlite3_stmt *begin_job = prepared("UPDATE jobs SET state = 'processing', ready = 0, run = ?2, updated_at = ?3 WHERE seq = ?1");
  sqlite3_stmt *command_of = prepared("SELECT command FROM job_details WHERE seq = ?1");

  sqlite3_int64 job = 0, ran = 0;
  for (;;) {
    sqlite3_int64 time = now();
    if (flock(line, LOCK_EX) != 0) fail("flock");
    run(begin);
    if (job) {
      sqlite3_bind_int64(end_job, 1, job), sqlite3_bind_int64(end_job, 2, time), run(end_job);
      sqlite3_bind_int64(end_run, 1, ran), sqlite3_bind_int64(end_run, 2, time), run(end_run);
      sqlite3_bind_int64(count, 1, time / 60000), sqlite3_bind_text(count, 2, "completed", -1, SQLITE_STATIC), run(count);
    }
    job = value(head);
    if (job) {
      sqlite3_bind_int64(begin_run, 1, job), sqlite3_bind_int64(begin_run, 2, time), run(begin_run);
      ran = sqlite3_last_insert_rowid(database);
      sqlite3_bind_int64(begin_job, 1, job), sqlite3_bind_int64(begin_job, 2, ran);
      sqlite3_bind_int64(begin_job, 3, time), run(begin_job);
      sqlite3_bind_int64(count, 1, time / 60000), sqlite3_bind_text(count, 2, "started", -1, SQLITE_STATIC), run(count);
    }
    if (!job) {
      run(commit);
      flock(line, LOCK_UN);
      return;
    }
    sqlite3_bind_int64(command_of, 1, job);
    if (sqlite3_step(command_of) != SQLITE_ROW) fail("no command");
    char command[256], log[4200];
    snprintf(command, sizeof command, "%s", (const char *)sqlite3_column_text(command_of, 0));
    sqlite3_reset(command_of);
    run(commit);
    flock(line, LOCK_UN);
    if (durable && fdatasync(log_of_commits) != 0) fail(wal);

    snprintf(log, sizeof log, "%s/%lld/%lld.log", logs, ran / 1000, ran);
    pid_t child = start(command, log);
    int status;
    if (waitpid(child, &status, 0) != child || status != 0) fail(command);
  }
}

int main(int count, char **words) {
  if (count != 4) return 2;
  for (int workers = atoi(words[2]); workers > 0; workers--) {
    pid_t worker = fork();
    if (worker < 0) fail("fork");
    if (worker == 0) {
      work(words[1], strcmp(words[3], "full") == 0);
      exit(0);
    }
  }
  int status, failed = 0;
  while (wait(&status) > 0) failed |= status;
  return failed != 0;
}
