// The part of ncurses that the monitor draws with, made plain: numbers and bytes instead of macros
// and WINDOW. One thread makes every call.
#ifndef CCURSES_H
#define CCURSES_H

#include <stdbool.h>

/// What came of ``curses_start``.
enum curses_result {
  CURSES_STARTED = 0,
  /// The terminal database doesn't know that name.
  CURSES_UNKNOWN_TERMINAL = 1,
  /// It is known, and can't place its cursor.
  CURSES_UNUSABLE_TERMINAL = 2,
};

/// Takes over the terminal on standard input and output, as the terminal database describes `name`.
/// From here on keys come one by one and unechoed, signals by keys stay; what is written to
/// standard error is kept until ``curses_stop``.
enum curses_result curses_start(const char *name, bool wants_color);

/// Gives the terminal back as it was, and shows what was written to standard error meanwhile.
void curses_stop(void);

/// Gives the terminal back for a while.
void curses_pause(void);

/// Takes it again, and draws all anew.
void curses_resume(void);

/// How many colours there are; 0 for none, or when none were wanted.
int curses_colors(void);

/// Whether the terminal has a screen of its own for programs, as those do that know modern
/// sequences.
bool curses_has_screen(void);

/// The bytes that a key sends, by its terminfo name such as "kcuu1"; NULL where it has none.
const char *curses_key_sequence(const char *capability);

/// Makes `number` (0 to 63) mean this look. `color` 0 to 7, or -1 for the terminal's own.
void curses_define_style(int number, int color, bool bold, bool dim, bool reverse);

/// Asks the terminal for its size, and draws for that from now on.
void curses_fit(int *rows, int *columns);

/// Begins an empty screen.
void curses_erase(void);

/// Writes `count` bytes of text that must fit into the row.
void curses_put(int row, int column, const char *text, int count, int style);

/// Brings the screen up to date, with the cursor at that place, or hidden for a negative row.
void curses_show(int row, int column);

/// Has the next ``curses_show`` draw everything, whatever the terminal shows now.
void curses_draw_anew(void);

/// Hands bytes to the terminal as they are.
void curses_send(const char *bytes, int count);

/// Reports clicks and the wheel in the SGR form, or stops that.
void curses_use_mouse(bool wanted);

/// Has that signal make the descriptor, an eventfd, readable, and end the process if that hasn't
/// ended two seconds later: the thread that draws may be held up by a terminal that takes nothing.
void curses_end_on(int signal, int descriptor);

/// The first of those signals that has come; 0 for none.
int curses_ending(void);

#endif
