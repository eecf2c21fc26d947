// The bare loop: the rows, writer queue, logs and shells of queuectl without its worker logic. It writes the same rows in one transaction
// and one write, creates a log for each job and starts `sh -c` in its own session. It has no checks, retries, leases or stops, and exits on
// any error. It shows the reachable limit.
//
// limit DATABASE WORKERS normal|full    runs every waiting job of the queue "default", then exits; full: syncs each commit, outside the
//                                       writer queue
// limit DATABASE WORKERS idle           runs new jobs until it is killed; prints a line for each listening worker
// limit DATABASE enqueue COMMAND        stores a job, touches the doorbell, and syncs; prints the job's id

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
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

// Runs a statement without result rows.
static void run(sqlite3_stmt *statement) {
  if (sqlite3_step(statement) != SQLITE_DONE) fail(sqlite3_sql(statement));
  sqlite3_reset(statement);
}

// The first column of the only row; 0 if none.
static sqlite3_int64 value(sqlite3_stmt *statement) {
  int code = sqlite3_step(statement);
  if (code != SQLITE_ROW && code != SQLITE_DONE) fail(sqlite3_sql(statement));
  sqlite3_int64 result = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
  sqlite3_reset(statement);
  return result;
}

// Retries the lock after a constant pause.
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

static const char *beside(const char *path, const char *suffix) {
  char *result;
  if (asprintf(&result, "%s%s", path, suffix) < 0) fail("asprintf");
  return result;
}

static const sqlite3_io_methods *own;
static char frames[1 << 20];
static int gathered, is_last;
static sqlite3_int64 start_of_frames;

// Writes a commit's pages in one write, each after its header of 24 bytes; the last header has the size of the database.
static int gather(sqlite3_file *log, const void *bytes, int count, sqlite3_int64 offset) {
  if (gathered == 0 && count != 24) return own->xWrite(log, bytes, count, offset);
  if (gathered == 0) start_of_frames = offset;
  memcpy(frames + gathered, bytes, count);
  gathered += count;
  if (count == 24) is_last = memcmp((const char *)bytes + 4, "\0\0\0\0", 4) != 0;
  if (count == 24 || !is_last) return SQLITE_OK;
  count = gathered, gathered = 0;
  return own->xWrite(log, frames, count, start_of_frames);
}

static int open_file(sqlite3_vfs *layer, const char *path, sqlite3_file *file, int flags, int *opened) {
  (void)layer;
  static sqlite3_io_methods gathering;
  sqlite3_vfs *unix_files = sqlite3_vfs_find(NULL);
  int code = unix_files->xOpen(unix_files, path, file, flags, opened);
  if (code != SQLITE_OK || !(flags & SQLITE_OPEN_WAL)) return code;
  own = file->pMethods;
  gathering = *own;
  gathering.xWrite = gather;
  file->pMethods = &gathering;
  return SQLITE_OK;
}

static void open_database(const char *path) {
  static sqlite3_vfs layer;
  layer = *sqlite3_vfs_find(NULL);
  layer.zName = "limit";
  layer.xOpen = open_file;
  sqlite3_vfs_register(&layer, 0);
  if (sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, "limit") != SQLITE_OK) fail(path);
  sqlite3_busy_handler(database, pause_a_millisecond, NULL);
  sqlite3_exec(database, "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 2000", NULL, NULL, NULL);
}

static int open_line(const char *path) { return open(beside(path, ".d"), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }

static void sync_log(const char *path) {
  int log_of_commits = open(beside(path, "-wal"), O_RDWR | O_CLOEXEC);
  if (log_of_commits < 0 || fdatasync(log_of_commits) != 0) fail(path);
}

static void store(const char *path, const char *command) {
  sqlite3_int64 time = now();
  open_database(path);
  int line = open_line(path);
  if (flock(line, LOCK_EX) != 0) fail("flock");
  run(prepared("BEGIN IMMEDIATE"));
  sqlite3_stmt *job = prepared(
      "INSERT INTO jobs (id, state, queue, priority, ready, max_retries, created_at, updated_at) "
      "VALUES (?2, 'pending', 'default', 0, 1, 3, ?1, ?1)");
  char id[32];
  snprintf(id, sizeof id, "job%d", getpid());
  sqlite3_bind_int64(job, 1, time), sqlite3_bind_text(job, 2, id, -1, SQLITE_STATIC), run(job);
  sqlite3_stmt *details = prepared("INSERT INTO job_details (seq, command, cwd) VALUES (last_insert_rowid(), ?1, '/tmp')");
  sqlite3_bind_text(details, 1, command, -1, SQLITE_STATIC), run(details);
  run(prepared("INSERT INTO queues (name) VALUES ('default') ON CONFLICT DO NOTHING"));
  run(prepared("INSERT INTO counts VALUES ('default', 'pending', 1) ON CONFLICT DO UPDATE SET jobs = jobs + 1"));
  sqlite3_stmt *count = prepared(
      "INSERT INTO rates VALUES (?1, 'default', 'enqueued', 0, 1, 1) ON CONFLICT DO UPDATE SET times = times + 1");
  sqlite3_bind_int64(count, 1, time / 60000), run(count);
  run(prepared("COMMIT"));
  flock(line, LOCK_UN);
  utimensat(AT_FDCWD, beside(path, ".d/doorbell"), NULL, 0);
  sync_log(path);
  puts(id);
}

static void work(const char *path, int durable, int idle) {
  open_database(path);
  int log_of_commits = durable ? open(beside(path, "-wal"), O_RDWR | O_CLOEXEC) : -1;
  if (durable && log_of_commits < 0) fail(path);
  int line = open_line(path);
  const char *logs = beside(path, ".d/logs");
  int bell = inotify_init1(IN_CLOEXEC);
  if (idle && inotify_add_watch(bell, beside(path, ".d/doorbell"), IN_ATTRIB) < 0) fail("doorbell");
  if (idle) puts("listening"), fflush(stdout);

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
      if (!idle) return;
      char event[4096];
      if (read(bell, event, sizeof event) <= 0) fail("doorbell");
      continue;
    }
    sqlite3_bind_int64(command_of, 1, job);
    if (sqlite3_step(command_of) != SQLITE_ROW) fail("no command");
    char command[256], log[4200];
    snprintf(command, sizeof command, "%s", (const char *)sqlite3_column_text(command_of, 0));
    sqlite3_reset(command_of);
    run(commit);
    flock(line, LOCK_UN);
    if (durable && fdatasync(log_of_commits) != 0) fail(path);

    snprintf(log, sizeof log, "%s/%lld/%lld.log", logs, ran / 1000, ran);
    pid_t child = start(command, log);
    int status;
    if (waitpid(child, &status, 0) != child || status != 0) fail(command);
  }
}

int main(int count, char **words) {
  if (count != 4) return 2;
  if (strcmp(words[2], "enqueue") == 0) return store(words[1], words[3]), 0;
  for (int workers = atoi(words[2]); workers > 0; workers--) {
    pid_t worker = fork();
    if (worker < 0) fail("fork");
    if (worker == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      work(words[1], strcmp(words[3], "full") == 0, strcmp(words[3], "idle") == 0);
      exit(0);
    }
  }
  int status, failed = 0;
  while (wait(&status) > 0) failed |= status;
  return failed != 0;
}
