// Linux calls that Swift's Glibc module lacks, because they need _GNU_SOURCE or are macros.
// Functions that can fail return -1 and set errno, unless noted.
#ifndef CLINUX_H
#define CLINUX_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// The number of arguments, including the program's name. Unlike Swift's CommandLine, it works
/// without /proc and after setenv in a preloaded library.
int clinux_argument_count(void);

/// Argument `index`, 0 being the program's name; NULL past the last.
const char *clinux_argument(int index);

/// Returns a close-on-exec descriptor that polls readable once process `pid` has ended.
int clinux_pidfd_open(pid_t pid);

/// Returns a close-on-exec, non-blocking descriptor that delivers the signals of `mask`.
int clinux_signalfd(const sigset_t *mask);

/// Returns the next signal pending in a `clinux_signalfd` descriptor; 0 if none.
int clinux_next_signal(int descriptor);

/// Returns a close-on-exec, non-blocking eventfd.
int clinux_eventfd(void);

/// Identifies a run. The run's first process writes it before exec; times are uptime in ms.
struct clinux_trail {
  int64_t run;
  int64_t started_after;
  int64_t started_before;
  int64_t leader;
  int64_t has_unended;
};

enum { CLINUX_OUR_NICENESS = 1000 };

/// The parameters of a new process.
struct clinux_start {
  const char *program;
  char *const *arguments;
  char *const *environment;
  /// The working directory; NULL for ours.
  const char *directory;
  /// Descriptors 0 to 3 in the child; -1 inherits ours.
  int descriptors[4];
  /// Closes all descriptors from this number on, including inherited ones; 0 closes none.
  int closes_from;
  /// Whether to create a session without a terminal; otherwise a process group.
  int in_new_session;
  /// The niceness; `CLINUX_OUR_NICENESS` for ours.
  int niceness;
  /// A cgroup.procs file, into which the process writes 0; -1 for none.
  int cgroup;
  /// Whether to give up if that fails.
  int needs_cgroup;
  /// Where to write the trail of `run`; -1 for nowhere.
  int trail_descriptor;
  int64_t trail_offset;
  int64_t run;
};

/// Starts a program with signals unblocked and at their defaults; returns its pid after exec.
/// Only SIGPIPE and signals ignored at the first call are reset.
/// \param descriptor receives a close-on-exec pidfd.
pid_t clinux_start(const struct clinux_start *start, int *descriptor);

/// Makes this process adopt its orphaned descendants (PR_SET_CHILD_SUBREAPER).
int clinux_adopt_orphans(void);

/// Returns a child that has exited but hasn't been reaped; 0 if none.
pid_t clinux_ended_child(void);

/// Sends a signal through a `clinux_pidfd_open` descriptor.
int clinux_signal_process(int descriptor, int signal);

/// Frees the disk space of a range, which then reads as zeros; the file's size stays.
int clinux_punch_hole(int descriptor, int64_t start, int64_t length);

/// Returns where data begins at or after `start`; `end`, the file's size, if there is none, and
/// `start` if the file system has no holes.
int64_t clinux_next_data(int descriptor, int64_t start, int64_t end);

/// Returns where a hole begins at or after `start`; `end`, the file's size, if there is none.
int64_t clinux_next_hole(int descriptor, int64_t start, int64_t end);

/// Takes an flock in order of arrival; EWOULDBLOCK on timeout, at once if it is 0. Uses SIGRTMIN.
int clinux_lock_within(int descriptor, int64_t milliseconds);

/// Gives a file of root's to the owner of `other`, if this process is root.
void clinux_own_like(int descriptor, const char *other);

/// Asks the file system to spread new subdirectories over the disk (`chattr +T`).
int clinux_place_subdirectories_apart(const char *directory);

/// Metadata of a path, symbolic links resolved.
struct clinux_place {
  uint64_t device;
  uint64_t inode;
  /// The number of hard links.
  uint32_t names;
  int is_file;
  /// Whether it is a mount point; 0 also if unknown.
  int is_mount_point;
};

int clinux_look(const char *path, struct clinux_place *place);

/// Reads the POSIX access control list of a file; returns its size, 0 if there is none.
ssize_t clinux_access_list(const char *path, void *bytes, size_t size);

/// Whether a cgroup is marked as delegated to its processes: 1 if so, else 0.
int clinux_is_delegated(const char *path);

/// Removes `path` and its SQLite companion files if a signal is about to end this process. Takes
/// one path at a time: -1 if another is set.
int clinux_remove_if_killed(const char *path);

/// Undoes `clinux_remove_if_killed`.
void clinux_stop_removing(void);

/// Returns a close-on-exec memory file, freed with its last descriptor.
int clinux_memory_file(const char *name);

/// Returns the exit status, or the negated signal, from a status of wait4.
int clinux_exit_or_negative_signal(int status);

/// Returns a character's width in columns in the current locale; -1 if it isn't printable.
int clinux_display_width(unsigned int character);

/// Milliseconds since 1970, by the wall clock.
int64_t clinux_wall_milliseconds(void);

/// Nanoseconds since boot, suspend included.
int64_t clinux_uptime_nanoseconds(void);

#endif
