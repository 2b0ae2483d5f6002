"""The control plane in a simulated world: real state machines, and everything around them made up and faulty.

The Dispatcher with all that is inside it is the real one. Networks, processes, clocks, tasks, storage, users and the
table that sinks commit to are models, driven by one random number generator: a seed is a schedule, and a schedule
that goes wrong goes wrong again. What must hold in every schedule:

- exactly-once: no row is committed twice, none is lost, and none is committed that no completed checkpoint covers; at
  the end of a finished job the table equals the input. (Where a checkpoint that had been committed turns out to be
  unreadable, rows come twice; still none is lost.)
- complete-checkpoints: a checkpoint completes only with the share of every task, of the attempt that runs, stored and
  consistent: what it covers are the rows before the positions of its sources, and no others.
- one-order: the ids of completed checkpoints rise, across restarts of the JobManager too; a task is restored only from
  a completed one, and never from one older than what has been committed.
- latest-restored: a restart begins with the latest completed checkpoint, unless that is unreadable.
- no-task-twice: a subtask is deployed only when all its earlier attempts have ended, as far as the JobManager can know;
  both ends of a channel are of one attempt.
- slots: no TaskManager is given more subtasks than it has slots, and all are free once the jobs have ended.
- files: what has been discarded is never needed again; savepoints stay until their user disposes of them.
- liveness: once the faults stop, every job reaches a terminal state with all its tasks, and stays in it.
- answers: every request of a user is answered.
- deadlines: after a Tick the next deadline is in the future.
- no-errors: no event makes a state machine raise an exception.
"""
