// The Linux calls that Swift's Glibc module doesn't offer: they need _GNU_SOURCE, or are macros.
#ifndef CLINUX_H
#define CLINUX_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// How many arguments the process was started with, its name included; 0 for none at all.
///
/// Swift's CommandLine reads /proc/self/cmdline or searches the stack, and finds none without /proc
/// or after setenv in a preloaded library.
int clinux_argument_count(void);

/// The argument of that number, 0 for the name; NULL beyond the last.
const char *clinux_argument(int index);

/// A close-on-exec descriptor that polls readable once process `pid` has ended; -1 and errno.
int clinux_pidfd_open(pid_t pid);

/// A close-on-exec, non-blocking descriptor that delivers the signals of `mask`; -1 and errno.
int clinux_signalfd(const sigset_t *mask);

/// The number of the next signal waiting in a descriptor of `clinux_signalfd`; 0 for none.
int clinux_next_signal(int descriptor);

/// A close-on-exec, non-blocking descriptor that polls readable once something was written to it;
/// -1 and errno.
int clinux_eventfd(void);

/// By what a run is known, as its first process writes it: before its program begins, so that none
/// runs of which nothing is written. The times are milliseconds of the uptime clock.
struct clinux_trail {
  int64_t run;
  int64_t started_after;
  int64_t started_before;
  int64_t leader;
  int64_t has_unended;
};

/// What a new process is started with.
struct clinux_start {
  const char *program;
  char *const *arguments;
  char *const *environment;
  /// The directory it starts in; NULL for ours.
  const char *directory;
  /// What it gets as descriptors 0 to 3, in this order; -1 leaves what is there.
  int descriptors[4];
  /// From which descriptor up it gets none, though this program was itself started with them; 0 for
  /// no such bound.
  int closes_from;
  /// Whether it leads a session of its own, without a terminal; else a process group of its own.
  int in_new_session;
  /// The file that gets the trail of `run`, and where in it; -1 for none.
  int trail_descriptor;
  int64_t trail_offset;
  int64_t run;
};

/// Starts a program in a new process that has all signals at their defaults and unblocked. Returns
/// once it runs, or can't. What it finds ignored when it is called first, and SIGPIPE, are the
/// signals that it looks after. \param descriptor gets a close-on-exec one that polls readable once
/// the process has ended. \returns the process's number, or -1 and errno.
pid_t clinux_start(const struct clinux_start *start, int *descriptor);

/// Has processes below this one become its children when their parents end, instead of the first
/// process's. 0, or -1 and errno.
int clinux_adopt_orphans(void);

/// A child that has ended and wasn't waited for; 0 for none.
pid_t clinux_ended_child(void);

/// Sends a signal to the process of a descriptor of `clinux_pidfd_open`. 0, or -1 and errno.
int clinux_signal_process(int descriptor, int signal);

/// Frees the disk space of a part of a file; what is read there is NUL. The file's length stays. -1
/// and errno.
int clinux_punch_hole(int descriptor, int64_t start, int64_t length);

/// Where the next bytes of a file lie that aren't in a hole, at `start` or after it; `end`, the
/// file's length, if there are none. `start` where the file system knows no holes.
int64_t clinux_next_data(int descriptor, int64_t start, int64_t end);

/// Where the next hole of a file begins, at `start` or after it; `end`, the file's length, if there
/// is none.
int64_t clinux_next_hole(int descriptor, int64_t start, int64_t end);

/// Takes the lock of an open file (flock), asleep until those that asked before have let go of it.
/// For at most so long; only asks once if that is 0. 0, or -1 and errno: EWOULDBLOCK when the time
/// was over. Uses the first real-time signal.
int clinux_lock_within(int descriptor, int64_t milliseconds);

/// What root makes beside somebody else's file, and so for him, is given to the owner of that file.
/// Changes nothing of what isn't root's.
void clinux_own_like(int descriptor, const char *other);

/// Asks the file system to place the directories that are made in `directory` far from each other,
/// as their files have nothing to do with each other. -1 and errno where it knows no such wish.
int clinux_place_subdirectories_apart(const char *directory);

/// What a path leads to.
struct clinux_place {
  uint64_t device;
  uint64_t inode;
  /// Its hard links.
  uint32_t names;
  /// Whether it is a regular file.
  int is_file;
  /// Whether something is mounted right at it; 0 as well where the kernel doesn't tell.
  int is_mount_point;
};

/// Looks at what a path leads to. 0, or -1 and errno.
int clinux_look(const char *path, struct clinux_place *place);

/// Reads the POSIX access control list of a file. How many bytes it has; 0 for none; -1 and errno.
ssize_t clinux_access_list(const char *path, void *bytes, size_t size);

/// Has the signals that end a process by default remove `path` first, with an SQLite file's
/// companions. For one path of the process at a time: -1 if another one has been named.
int clinux_remove_if_killed(const char *path);

/// Ends what `clinux_remove_if_killed` began.
void clinux_stop_removing(void);

/// A close-on-exec file in memory, gone with its last descriptor; -1 and errno.
int clinux_memory_file(const char *name);

/// How a process ended, read from a status of wait4: the exit status, or minus the signal.
int clinux_exit_or_negative_signal(int status);

/// How many columns of a terminal a character takes, by the locale in force; -1 for one that can't
/// be printed.
int clinux_display_width(unsigned int character);

/// Milliseconds since 1970, by the wall clock.
int64_t clinux_wall_milliseconds(void);

/// Nanoseconds since the machine booted, sleep included.
int64_t clinux_uptime_nanoseconds(void);

#endif
