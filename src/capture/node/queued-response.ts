import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Responses that wait behind an earlier one on the same connection, by connection. */
const queues = new WeakMap<Socket, Set<ServerResponse>>()

/** Whether a pipelined response waits for an earlier one: until its turn comes it has no socket. */
export function isQueued(response: ServerResponse): boolean {
  return response.socket === null && !response.destroyed
}

/**
 * Calls `onGone` when the connection dies while the response is still queued. Node 20 emits no 'close' on it then
 * (nodejs/node#62534), and the request may have emitted its own long before. One listener serves a whole connection:
 * one for each request would pile up on a connection that is kept alive.
 */
export function watchQueuedResponse(
  response: ServerResponse,
  socket: Socket,
  onGone: (response: ServerResponse) => void,
): void {
  let queue = queues.get(socket)
  if (!queue) {
    const created = new Set<ServerResponse>()
    queue = created
    queues.set(socket, created)
    // Later than the listeners of the connection itself, which close the responses that Node knows of.
    socket.once('close', () => setImmediate(() => created.forEach(onGone)))
  }
  queue.add(response)
  response.once('close', leaveQueue.bind(null, queue, response))
}

function leaveQueue(queue: Set<ServerResponse>, response: ServerResponse): void {
  queue.delete(response)
}
