#define _GNU_SOURCE
#include "capabilities.h"

#include <ncurses.h>
#include <term.h>
#include <unistd.h>

/// A string capability; NULL if the terminal lacks it.
static const char *capability(const char *name) {
  // tigetstr doesn't modify its argument; the prototype predates const.
  char *text = tigetstr((char *)name);
  return text == (char *)-1 ? NULL : text;
}

enum curses_result capabilities_load(const char *name) {
  int status;
  if (setupterm(name, STDOUT_FILENO, &status) != OK)
    return status == 1 ? CURSES_UNUSABLE_TERMINAL : CURSES_UNKNOWN_TERMINAL;
  return capability("cup") && capability("clear") ? CURSES_STARTED : CURSES_UNUSABLE_TERMINAL;
}

void capabilities_restoring(int (*take)(int)) {
  static const char *const names[] = {"sgr0", "cnorm", "rmkx", "rmcup"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const char *text = capability(names[i]);
    if (text) tputs(text, 1, take);
  }
}

bool curses_has_screen(void) { return capability("smcup") != NULL; }

const char *curses_key_sequence(const char *name) { return capability(name); }
