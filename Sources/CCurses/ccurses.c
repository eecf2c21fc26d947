#define _GNU_SOURCE
#define NCURSES_WIDECHAR 1
#include "ccurses.h"
#include "capabilities.h"
#include "guard.h"

#include <ncurses.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static SCREEN *screen;
static attr_t styles[64];
static short pairs[64];
static bool has_default_color;
static bool has_color;
static bool uses_mouse;

static const char paste_on[] = "\033[?2004h", paste_off[] = "\033[?2004l";
static const char mouse_on[] = "\033[?1000h\033[?1006h", mouse_off[] = "\033[?1006l\033[?1000l";

static void send(const char *text) { curses_send(text, (int)strlen(text)); }

static void set_up_modes(void) {
  cbreak();
  noecho();
  nonl();
  intrflush(stdscr, FALSE);
  keypad(stdscr, TRUE);
  nodelay(stdscr, TRUE);
  leaveok(stdscr, FALSE);
  curs_set(0);
}

static void set_up_color(bool wanted) {
  has_color = wanted && has_colors() && start_color() == OK && COLORS >= 8;
  if (!has_color) return;
  has_default_color = use_default_colors() == OK;
}

enum curses_result curses_start(const char *name, bool wants_color) {
  enum curses_result result = capabilities_load(name);
  if (result != CURSES_STARTED) return result;
  guard_install();
  if (curses_has_screen()) {
    guard_add(mouse_off);
    guard_add(paste_off);
  }
  capabilities_restoring(guard_add_byte);
  screen = newterm(name, stdout, stdin);
  if (!screen) {
    guard_remove();
    return CURSES_UNUSABLE_TERMINAL;
  }
  set_up_modes();
  set_up_color(wants_color);
  if (curses_has_screen()) send(paste_on);
  return CURSES_STARTED;
}

static void give_back(void) {
  if (curses_has_screen()) {
    send(mouse_off);
    send(paste_off);
  } else {
    // The frame stays in view, and the shell's prompt appears in its last line.
    move(LINES - 1, 0);
    clrtoeol();
    refresh();
  }
  curs_set(1);
  endwin();
}

void curses_pause(void) {
  give_back();
  guard_release_errors();
}

void curses_resume(void) {
  guard_hold_errors();
  reset_prog_mode();
  clearok(curscr, TRUE);
  refresh();
  curs_set(0);
  if (curses_has_screen()) send(paste_on);
  if (uses_mouse) send(mouse_on);
}

void curses_stop(void) {
  give_back();
  delscreen(screen);
  screen = NULL;
  guard_remove();
}

int curses_colors(void) { return has_color ? COLORS : 0; }

void curses_define_style(int number, int color, bool bold, bool dim, bool reverse) {
  styles[number] = (bold ? A_BOLD : 0) | (dim ? A_DIM : 0) | (reverse ? A_REVERSE : 0);
  pairs[number] = 0;
  if (!has_color || color < 0 || color >= COLORS) return;
  pairs[number] = (short)(color + 1);
  init_pair(pairs[number], (short)color, has_default_color ? -1 : COLOR_BLACK);
}

void curses_fit(int *rows, int *columns) {
  struct winsize size;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0 &&
      (size.ws_row != LINES || size.ws_col != COLS))
    resizeterm(size.ws_row, size.ws_col);
  *rows = LINES;
  *columns = COLS;
}

void curses_erase(void) { erase(); }

void curses_put(int row, int column, const char *text, int count, int style) {
  attr_set(styles[style], pairs[style], NULL);
  // In the screen's last cell, ncurses reports an error but still draws the text.
  mvaddnstr(row, column, text, count);
}

void curses_show(int row, int column) {
  if (row >= 0) move(row, column);
  curs_set(row >= 0);
  wnoutrefresh(stdscr);
  doupdate();
}

void curses_draw_anew(void) { clearok(curscr, TRUE); }

void curses_send(const char *bytes, int count) {
  fflush(stdout);
  while (count > 0) {
    ssize_t written = write(STDOUT_FILENO, bytes, (size_t)count);
    if (written <= 0) return;
    bytes += written;
    count -= (int)written;
  }
}

void curses_use_mouse(bool wanted) {
  uses_mouse = wanted && curses_has_screen();
  if (curses_has_screen()) send(uses_mouse ? mouse_on : mouse_off);
}
