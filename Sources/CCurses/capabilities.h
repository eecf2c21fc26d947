// What the terminal database says. Apart from the rest, as its header makes macros of everyday
// words.
#ifndef CAPABILITIES_H
#define CAPABILITIES_H

#include "ccurses.h"

/// Looks the terminal up.
enum curses_result capabilities_load(const char *name);

/// Gives what puts the terminal back without ncurses' help, byte by byte.
void capabilities_restoring(int (*take)(int));

#endif
