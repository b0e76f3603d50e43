import { bytesUpload, NetworkError, type Upload } from '@netaccess/core';
import { describe, expect, it } from 'vitest';

import { typedUpload, type BodySource } from '../src/body-source.ts';

const bytes = (content: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(content);

async function text({ upload }: { upload: Upload }): Promise<string> {
  const views: Uint8Array[] = [];
  for await (const view of upload.open()) views.push(new Uint8Array(view));
  return Buffer.concat(views).toString('utf8');
}

function streamOf(content: string): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes(content));
      controller.close();
    },
  });
}

async function* lent(content: string): AsyncGenerator<Uint8Array> {
  yield bytes(content);
}

describe('a body', () => {
  it.each<[string, BodySource, number]>([
    ['a text', 'é', 2],
    ['bytes', bytes('é'), 2],
    ['an ArrayBuffer', bytes('é').buffer, 2],
    ['another view', new DataView(bytes('xéx').buffer, 1, 2), 2],
    ['a blob', new Blob(['é']), 2],
  ])('of %s can be sent again, and its length is known', async (_kind, body, length) => {
    const typed = typedUpload(body);
    expect(typed.upload).toMatchObject({ length, resettable: true });
    expect(await text(typed)).toBe('é');
    expect(await text(typed)).toBe('é');
  });
  it.each<[string, BodySource]>([
    ['a stream', streamOf('é')],
    ['an iterable', [bytes('é')]],
    ['an asynchronous iterable', lent('é')],
  ])('of %s can be sent once, and its length is not known', async (_kind, body) => {
    const typed = typedUpload(body);
    expect(typed.upload).toMatchObject({ length: undefined, resettable: false });
    expect(await text(typed)).toBe('é');
  });
  it('that is bytes is lent, not copied', () => {
    const given = bytes('x');
    const [view] = [...(typedUpload(given).upload.open() as Iterable<Uint8Array>)];
    expect(view?.buffer).toBe(given.buffer);
  });
  it('that is an upload stays what it is', () => {
    const upload = bytesUpload('x');
    expect(typedUpload(upload)).toEqual({ upload });
  });
  it.each([5, true, null, {}, Symbol.iterator])('that is %o is refused', (odd) => {
    const body = odd as unknown as BodySource;
    expect(() => typedUpload(body)).toThrow(NetworkError);
  });
});

describe('the type of a body', () => {
  it.each<[string, BodySource, string | undefined]>([
    ['a text', 'x', 'text/plain;charset=UTF-8'],
    ['a query', new URLSearchParams('a=b'), 'application/x-www-form-urlencoded;charset=UTF-8'],
    ['a blob with a type', new Blob(['x'], { type: 'image/png' }), 'image/png'],
    ['a blob without a type', new Blob(['x']), undefined],
    ['bytes', bytes('x'), undefined],
    ['a stream', streamOf('x'), undefined],
  ])('of %s is the one that fetch gives', (_kind, body, type) => {
    expect(typedUpload(body).type).toBe(type);
    const init = { method: 'POST', body, duplex: 'half' } as unknown as RequestInit;
    expect(new Request('http://host/', init).headers.get('content-type')).toBe(type ?? null);
  });
});

describe('a form', () => {
  it('is written as the platform writes it, and says how long it is', async () => {
    const form = new FormData();
    form.append('plain', 'a\nb\rc\r\nd');
    form.append('qu"ote\r\nname', 'é');
    form.append('file', new File(['content\n'], 'na"me\n.txt', { type: 'text/x' }));
    form.append('blob', new Blob(['x']));
    const typed = typedUpload(form);
    const body = await text(typed);
    expect(typed.upload.length).toBe(Buffer.byteLength(body));
    expect(await text(typed)).toBe(body);

    const platform = new Response(form);
    const theirs = /boundary=(.*)$/.exec(platform.headers.get('content-type') ?? '')?.[1] ?? '';
    const ours = /^multipart\/form-data; boundary=(.*)$/.exec(typed.type ?? '')?.[1] ?? '';
    expect(ours).not.toBe('');
    expect(body.replaceAll(ours, 'BOUNDARY').trimEnd()).toBe(
      (await platform.text()).replaceAll(theirs, 'BOUNDARY').trimEnd(),
    );
  });
  it('without fields is understood, too', async () => {
    const typed = typedUpload(new FormData());
    const parsed = await new Response(await text(typed), {
      headers: { 'content-type': typed.type ?? '' },
    }).formData();
    expect([...parsed]).toEqual([]);
  });
  it('has another boundary each time', () => {
    expect(typedUpload(new FormData()).type).not.toBe(typedUpload(new FormData()).type);
  });
});
