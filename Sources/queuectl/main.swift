import QueueCLI

// The build plugin BuildStamp generates `buildCommit`.
Queuectl.runAndExit(commit: buildCommit)
