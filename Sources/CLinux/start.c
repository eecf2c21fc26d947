#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static sigset_t ignored;
static pthread_once_t ignored_once = PTHREAD_ONCE_INIT;

static void find_ignored(void) {
  sigemptyset(&ignored);
  for (int signal = 1; signal <= SIGRTMAX; signal++) {
    struct sigaction action;
    if (sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN) {
      sigaddset(&ignored, signal);
    }
  }
  sigaddset(&ignored, SIGPIPE);
}

struct child {
  const struct clinux_start *start;
  int64_t started_after;
  int error;
};

static void use_default_signals(void) {
  // exec resets handled signals to their defaults; ignored ones stay ignored.
  struct sigaction action = {.sa_handler = SIG_DFL};
  for (int signal = 1; signal <= SIGRTMAX; signal++) {
    if (sigismember(&ignored, signal)) sigaction(signal, &action, NULL);
  }
}

static int take_descriptors(const struct clinux_start *start) {
  for (int target = 0; target < 4; target++) {
    int given = start->descriptors[target];
    if (given < 0) continue;
    // dup2() onto itself would leave close-on-exec set.
    if ((given == target ? fcntl(given, F_SETFD, 0) : dup2(given, target)) < 0) return -1;
  }
  if (start->closes_from > 0) closefrom(start->closes_from);
  return 0;
}

// The write may fail; the run is then identified by its environment.
static void write_trail(const struct clinux_start *start, int64_t started_after) {
  if (start->trail_descriptor < 0) return;
  struct clinux_trail trail = {.run = start->run,
                               .started_after = started_after,
                               .started_before = clinux_uptime_nanoseconds() / 1000000 + 1,
                               .leader = getpid()};
  ssize_t written = pwrite(start->trail_descriptor, &trail, sizeof trail, start->trail_offset);
  (void)written;
}

static int take_niceness(const struct clinux_start *start) {
  if (start->niceness == CLINUX_OUR_NICENESS) return 0;
  return setpriority(PRIO_PROCESS, 0, start->niceness);
}

// A run without limits may stay outside; it is found by its other marks then.
static int enter_cgroup(const struct clinux_start *start) {
  if (start->cgroup < 0 || write(start->cgroup, "0", 1) == 1) return 0;
  return start->needs_cgroup ? -1 : 0;
}

static int become(const struct clinux_start *start, int64_t started_after) {
  use_default_signals();
  if (start->in_new_session ? setsid() < 0 : setpgid(0, 0) < 0) return -1;
  write_trail(start, started_after);
  if (enter_cgroup(start) < 0) return -1;
  if (take_niceness(start) < 0) return -1;
  if (take_descriptors(start) < 0) return -1;
  if (start->directory != NULL && chdir(start->directory) < 0) return -1;
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  return execve(start->program, start->arguments, start->environment);
}

// Runs in our memory on its own stack while we wait: only async-signal-safe calls are allowed.
static int run_child(void *argument) {
  struct child *child = argument;
  become(child->start, child->started_after);
  child->error = errno;
  _exit(127);
}

pid_t clinux_start(const struct clinux_start *start, int *descriptor) {
  _Alignas(16) char stack[16384];
  struct child child = {
      .start = start, .started_after = clinux_uptime_nanoseconds() / 1000000, .error = 0};
  pthread_once(&ignored_once, find_ignored);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD;
  pid_t pid = clone(run_child, stack + sizeof stack, flags, &child, descriptor);
  int reason = errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (pid > 0 && child.error != 0) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
    close(*descriptor);
    pid = -1;
    reason = child.error;
  }
  errno = reason;
  return pid;
}
