import { once } from 'node:events';
import { connect } from 'node:net';

import { contend } from '../contender.ts';

// What no HTTP can be smaller than: a socket for each request, and the bytes of a request.

contend({
  async getHeld(url) {
    const { hostname, port, pathname } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
    await once(socket, 'data');
    socket.destroy();
  },
});
