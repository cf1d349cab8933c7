/** Lines may hold samples of what users wrote: not for everybody on the machine. */
export const LOG_FILE_MODE = 0o640
