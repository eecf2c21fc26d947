#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

// By number, because glibc has no wrappers before 2.36.
int clinux_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int clinux_signal_process(int descriptor, int signal) {
  return (int)syscall(SYS_pidfd_send_signal, descriptor, signal, NULL, 0);
}

int clinux_adopt_orphans(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

pid_t clinux_ended_child(void) {
  siginfo_t info = {0};
  return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 ? info.si_pid : 0;
}

int clinux_signalfd(const sigset_t *mask) { return signalfd(-1, mask, SFD_CLOEXEC | SFD_NONBLOCK); }

int clinux_next_signal(int descriptor) {
  struct signalfd_siginfo info;
  if (read(descriptor, &info, sizeof info) != (ssize_t)sizeof info) return 0;
  return (int)info.ssi_signo;
}

int clinux_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int clinux_exit_or_negative_signal(int status) {
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

int clinux_display_width(unsigned int character) { return wcwidth((wchar_t)character); }

static struct timespec read_clock(clockid_t clock) {
  struct timespec time = {0, 0};
  clock_gettime(clock, &time);
  return time;
}

int64_t clinux_wall_milliseconds(void) {
  struct timespec time = read_clock(CLOCK_REALTIME);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

int64_t clinux_uptime_nanoseconds(void) {
  struct timespec time = read_clock(CLOCK_BOOTTIME);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void interrupt(int signal) { (void)signal; }

// Interrupts this thread's system call at the timeout and then every 10 ms, because the first
// signal may arrive just before the call.
static int start_interrupting(timer_t *timer, int64_t milliseconds) {
  struct sigaction action = {.sa_handler = interrupt};  // Without SA_RESTART.
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN};
  event._sigev_un._tid = gettid();
  struct itimerspec times = {.it_interval = {0, 10000000},
                             .it_value = {milliseconds / 1000, milliseconds % 1000 * 1000000}};
  if (sigaction(SIGRTMIN, &action, NULL) != 0) return -1;
  if (timer_create(CLOCK_BOOTTIME, &event, timer) != 0) return -1;
  if (timer_settime(*timer, 0, &times, NULL) == 0) return 0;
  timer_delete(*timer);
  return -1;
}

int clinux_lock_within(int descriptor, int64_t milliseconds) {
  if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return 0;
  if (errno != EWOULDBLOCK || milliseconds <= 0) return -1;
  int64_t deadline = clinux_uptime_nanoseconds() + milliseconds * 1000000;
  timer_t timer;
  if (start_interrupting(&timer, milliseconds) != 0) {
    errno = ENOLCK;  // Not EAGAIN, which equals EWOULDBLOCK.
    return -1;
  }
  sigset_t ours, before;
  sigemptyset(&ours);
  sigaddset(&ours, SIGRTMIN);
  pthread_sigmask(SIG_UNBLOCK, &ours, &before);
  int result;
  do result = flock(descriptor, LOCK_EX);
  while (result != 0 && errno == EINTR && clinux_uptime_nanoseconds() < deadline);
  int reason = errno;
  timer_delete(timer);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = reason == EINTR ? EWOULDBLOCK : reason;
  return result;
}

void clinux_own_like(int descriptor, const char *other) {
  struct stat ours, theirs;
  if (geteuid() != 0 || fstat(descriptor, &ours) != 0 || stat(other, &theirs) != 0) return;
  if (ours.st_uid != 0 || theirs.st_uid == 0) return;
  int result = fchown(descriptor, theirs.st_uid, theirs.st_gid);
  (void)result;  // On failure, root can still use it.
}

int clinux_place_subdirectories_apart(const char *directory) {
  int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return -1;
  int flags = 0;
  int result = ioctl(descriptor, FS_IOC_GETFLAGS, &flags);
  if (result == 0 && (flags & FS_TOPDIR_FL) == 0) {
    flags |= FS_TOPDIR_FL;
    result = ioctl(descriptor, FS_IOC_SETFLAGS, &flags);
  }
  close(descriptor);
  return result;
}

int clinux_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

int clinux_punch_hole(int descriptor, int64_t start, int64_t length) {
  return fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, start, length);
}

int64_t clinux_next_data(int descriptor, int64_t start, int64_t end) {
  off_t found = lseek(descriptor, start, SEEK_DATA);
  if (found < 0) return errno == ENXIO ? end : start;
  return found < end ? found : end;
}

int64_t clinux_next_hole(int descriptor, int64_t start, int64_t end) {
  off_t found = lseek(descriptor, start, SEEK_HOLE);
  return found < 0 || found > end ? end : found;
}
