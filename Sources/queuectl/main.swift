import QueueCLI

Queuectl.runAndExit()
