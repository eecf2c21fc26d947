import QueueWebServer

// The build plugin BuildStamp generates `buildCommit`.
WebProgram.runAndExit(commit: buildCommit)
