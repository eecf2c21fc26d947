#define _GNU_SOURCE
#include "include/ccurses.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <unistd.h>

#include "guard.h"

// Ends the process on a signal even if its thread blocks in a write to the terminal.

enum { patience_seconds = 2 };

static volatile sig_atomic_t ending;
static int end_descriptor = -1;

int curses_ending(void) { return ending; }

/// Notifies the descriptor's reader, which exits; the alarm kills the process if it can't.
static void told_to_end(int signal) {
  int saved = errno;
  if (!ending) {
    ending = signal;
    alarm(patience_seconds);
  }
  uint64_t one = 1;
  // Fails only if the eventfd is already readable.
  ssize_t written = write(end_descriptor, &one, sizeof one);
  (void)written;
  errno = saved;
}

/// Restores the modes only, because that needs no terminal output.
static void stuck(int alarm_signal) {
  (void)alarm_signal;
  guard_restore_modes();
  signal(ending, SIG_DFL);
  kill(getpid(), ending);
}

void curses_end_on(int signal, int descriptor) {
  end_descriptor = descriptor;
  struct sigaction action = {.sa_handler = told_to_end, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, NULL);
  action.sa_handler = stuck;
  // A background process changing terminal modes would be stopped by SIGTTOU.
  sigaddset(&action.sa_mask, SIGTTOU);
  sigaction(SIGALRM, &action, NULL);
}
