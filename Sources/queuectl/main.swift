import QueueCLI

// What the plugin BuildStamp has written down.
Queuectl.runAndExit(commit: buildCommit)
