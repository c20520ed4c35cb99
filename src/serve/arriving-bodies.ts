import { Transform } from 'node:stream';
import type { FastifyInstance } from 'fastify';

/**
 * Keeps the bodies that arrive at once within a limit: who sends past it is told to come again, before
 * memory is full of halves of bodies. What has arrived whole is the collector's to count.
 *
 * @param bytesMax of all bodies that are being received
 */
export function limitArrivingBodies(app: FastifyInstance, bytesMax: number): void {
  let arriving_bytes = 0;
  app.addHook('preParsing', (_request, reply, payload, done) => {
    let own_bytes = 0;
    const counted = new Transform({
      transform(chunk: Buffer, _encoding, next) {
        own_bytes += chunk.length;
        arriving_bytes += chunk.length;
        if (arriving_bytes <= bytesMax) return next(null, chunk);
        next(Object.assign(new Error('too much arrives at once'), { statusCode: 503 }));
      },
    });
    const release = (): void => {
      arriving_bytes -= own_bytes;
      own_bytes = 0;
    };
    // Read to its end, given up by its sender, or refused: whichever comes first.
    counted.once('close', release);
    reply.raw.once('close', () => counted.destroy());
    payload.once('error', (error) => counted.destroy(error));
    done(null, payload.pipe(counted));
  });
}
