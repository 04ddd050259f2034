/** The process of one guest: started by `ChildGuest`, told what to do by messages. */
import { UserError } from '../../errors.js';
import { MachineGuest } from './machine-guest.js';
import { type GuestReply, type GuestRequest, messagesVersion } from './messages.js';

const send = (reply: GuestReply): void => {
  // Who started it is gone, perhaps before `disconnect` could be listened to.
  if (!process.connected) process.exit(0);
  process.send?.(reply, undefined, undefined, (error) => {
    if (error) process.exit(0);
  });
};

const fail = (error: unknown): void => {
  const message = (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, ' ');
  if (error instanceof UserError) send({ kind: 'failed', message, exitCode: error.exitCode });
  else send({ kind: 'failed', message: `internal error: ${message}` });
};

let guest: MachineGuest | undefined;

async function handle(request: GuestRequest): Promise<void> {
  switch (request.kind) {
    case 'boot':
      guest = new MachineGuest(request.description, {
        onReady: () => send({ kind: 'ready' }),
        onRun: (run) => send({ kind: 'ran', run }),
        onFailure: (message) => send({ kind: 'failed', message }),
      });
      await guest.boot();
      return;
    case 'run':
      guest?.run(request.name);
      return;
    case 'off':
      await guest?.close();
      process.exit(0);
  }
}

process.on('message', (request: GuestRequest) => {
  handle(request).catch(fail);
});
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
process.on('disconnect', () => process.exit(0));
send({ kind: 'hello', version: messagesVersion });
