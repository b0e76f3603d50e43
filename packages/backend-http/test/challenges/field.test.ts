import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseChallengeField } from '../../src/challenges/field.ts';

type Plain = [scheme: string, token68: string | undefined, parameters: Record<string, string>];
function parsed(line: string, limit = 100): Plain[] {
  return parseChallengeField(line, limit).map(({ scheme, token68, parameters }) => [
    scheme,
    token68,
    Object.fromEntries(parameters),
  ]);
}

describe('a challenge field', () => {
  it.each<[string, Plain[]]>([
    ['Basic realm="simple"', [['basic', undefined, { realm: 'simple' }]]],
    ['BASIC REALM=simple', [['basic', undefined, { realm: 'simple' }]]],
    ['Basic', [['basic', undefined, {}]]],
    ['Basic  realm \t=  "spaced" ', [['basic', undefined, { realm: 'spaced' }]]],
    ['Basic realm=""', [['basic', undefined, { realm: '' }]]],
    [
      'Basic realm="a, b = \\"c\\\\", charset="UTF-8"',
      [['basic', undefined, { realm: 'a, b = "c\\', charset: 'UTF-8' }]],
    ],
    ['Negotiate', [['negotiate', undefined, {}]]],
    ['Negotiate abc/+123==', [['negotiate', 'abc/+123==', {}]]],
    [
      'Negotiate YII=, Basic realm="x"',
      [
        ['negotiate', 'YII=', {}],
        ['basic', undefined, { realm: 'x' }],
      ],
    ],
    [
      'Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"',
      [
        ['newauth', undefined, { realm: 'apps', type: '1', title: 'Login to "apps"' }],
        ['basic', undefined, { realm: 'simple' }],
      ],
    ],
    [
      'Negotiate, NTLM,Basic realm=x',
      [
        ['negotiate', undefined, {}],
        ['ntlm', undefined, {}],
        ['basic', undefined, { realm: 'x' }],
      ],
    ],
    [
      ', ,Basic , ,realm="x",, charset=utf-8 ,',
      [['basic', undefined, { realm: 'x', charset: 'utf-8' }]],
    ],
    [
      'Digest qop="auth,auth-int", nonce=abc',
      [['digest', undefined, { qop: 'auth,auth-int', nonce: 'abc' }]],
    ],
    ['', []],
    [' , ,', []],
  ])('reads %j', (line, expected) => {
    expect(parsed(line)).toEqual(expected);
  });

  it('accepts a realm whose quotes were forgotten', () => {
    expect(parsed('Basic realm=My Site, charset=utf-8')).toEqual([
      ['basic', undefined, { realm: 'My Site', charset: 'utf-8' }],
    ]);
  });

  it.each([
    ['a value that never ends', 'Basic realm="x'],
    ['a value that ends in an escape', 'Basic realm="x\\'],
    ['no value', 'Basic charset=utf-8, realm='],
    ['something behind a value', 'Basic realm="x"y'],
    ['a quote in the middle of a value', 'Basic realm=x"y"'],
    ['a parameter that is there twice', 'Basic realm="x", Realm="y"'],
    ['a scheme that is no token', 'Ba"sic realm="x"'],
    ['a parameter before any scheme', 'realm="x"'],
    ['garbage', '=====;;;((("'],
  ])('leaves out a challenge with %s', (_, line) => {
    expect(parsed(line)).toEqual([]);
  });

  it('goes on behind a malformed challenge', () => {
    expect(parsed('Bad realm="a"b, other=1, Basic realm="x"')).toEqual([
      ['basic', undefined, { realm: 'x' }],
    ]);
    expect(parsed('B(d, Basic realm="x"')).toEqual([['basic', undefined, { realm: 'x' }]]);
  });

  it('stops at its limit', () => {
    expect(parsed('A, B, C', 2)).toHaveLength(2);
    expect(parsed('A, B, C', 0)).toHaveLength(0);
  });

  it('reads back every challenge that is written by the grammar', () => {
    const token = fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9a-z]{1,8}$/);
    const parameters = fc.uniqueArray(fc.tuple(token, fc.string({ maxLength: 12 })), {
      maxLength: 4,
      selector: ([name]) => name,
    });
    const challenge = fc.record({ scheme: token, parameters });
    fc.assert(
      fc.property(fc.array(challenge, { maxLength: 4 }), (challenges) => {
        const line = challenges
          .map(({ scheme, parameters: pairs }) =>
            `${scheme} ${pairs.map(([name, value]) => `${name}="${value.replaceAll(/["\\]/g, '\\$&')}"`).join(', ')}`.trim(),
          )
          .join(', ');
        expect(parsed(line)).toEqual(
          challenges.map(({ scheme, parameters: pairs }) => [
            scheme,
            undefined,
            Object.fromEntries(pairs),
          ]),
        );
      }),
    );
  });

  it('never throws, whatever it is given', () => {
    const unit = fc.constantFrom('B', 'a', ' ', ',', '=', '"', '\\', '\t', 'é', ';', '\0');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 60 }), (line) => {
        expect(parsed(line).length).toBeLessThanOrEqual(line.length);
      }),
      { numRuns: 500 },
    );
  });

  it('takes linear time for hostile lines', () => {
    // Quadratic time would be minutes.
    for (const piece of ['"', 'a', ' ', ',', '=', 'a=', 'a="', '\\', 'a ', '"\\']) {
      const line = `Basic ${piece.repeat(200_000)}`;
      expect(parsed(line, 10).length).toBeLessThanOrEqual(10);
    }
  });
});
