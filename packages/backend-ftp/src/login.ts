import type { Challenge, Credentials, ReplyHead, Request } from '@netaccess/core';

import type { AnsweredLogin } from './attributes.ts';
import type { FtpReply } from './control-context.ts';
import { anonymousLogin, typedLogin, urlLogin, type Login } from './ftp-url.ts';
import { ftpFailure, replyCode, replyError } from './reply-error.ts';

/** What the server did not let in. Thrown while a connection is opened, and made a head of there. */
export class RefusedLogin {
  readonly reply: FtpReply;

  constructor(reply: FtpReply) {
    this.reply = reply;
  }
}

/** What the answered challenge says, else the URL, else the credentials that the request states; otherwise nobody in particular. */
export function requestLogin({ url, originAttributes }: Request): Login {
  const { ftpLogin, credentials } = originAttributes;
  if (ftpLogin !== undefined) return credentialsLogin(ftpLogin.credentials);
  const stated = urlLogin(url);
  if (stated !== undefined) return stated;
  return typeof credentials === 'object' ? credentialsLogin(credentials) : anonymousLogin();
}

/** The head of a request whose login was refused: it asks for another one. */
export function refusedHead(request: Request, reply: FtpReply): ReplyHead {
  const error = replyError(reply, `log in to ${request.url.host}`);
  const head = { url: request.url, headers: [], length: 0, error };
  if (replyCode(reply) !== 'authentication-required') return head;
  return { ...head, challenges: [loginChallenge(request, reply)] };
}

/** The server asks for a user and a password. What it refused is not sent to it again. */
function loginChallenge(request: Request, reply: FtpReply): Challenge {
  const refused = requestLogin(request);
  return {
    name: 'password',
    realm: '',
    origin: request.url,
    answer(credentials, answered): Request {
      const login = credentialsLogin(credentials);
      const same = login.user === refused.user && login.password === refused.password;
      const ftpLogin: AnsweredLogin = same ? { credentials, refused: reply } : { credentials };
      return { ...answered, originAttributes: { ...answered.originAttributes, ftpLogin } };
    },
  };
}

function credentialsLogin({ user, password }: Credentials): Login {
  if (user === undefined && password === undefined) {
    throw ftpFailure(
      'protocol-invalid-operation',
      'FTP needs a user and a password, and was given neither',
    );
  }
  return typedLogin(user, password);
}
