import fc from 'fast-check';
import { authorization, Authenticator, chooseChallenge, isStale, parseChallenges } from '../../src/media/auth.js';

const one = (value: string) => {
  const [challenge] = parseChallenges([value]);
  if (!challenge) throw new Error('no challenge');
  return challenge;
};

describe('logins', () => {
  it('reads challenges, several in a field or several fields', () => {
    const values = [
      'Digest realm="a, \\"b\\"", nonce=abc ,stale=TRUE, qop="auth,auth-int"',
      'Basic realm="x", Digest nonce="n"',
      '',
      ',=',
    ];
    const challenges = parseChallenges(values);
    expect(challenges.map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)])).toEqual([
      ['digest', { realm: 'a, "b"', nonce: 'abc', stale: 'TRUE', qop: 'auth,auth-int' }],
      ['basic', { realm: 'x' }],
      ['digest', { nonce: 'n' }],
    ]);
    expect(challenges.map(isStale)).toEqual([true, false, false]);
  });

  // What is read in quadratic time takes minutes here.
  it.each([`Digest ${'a="'.repeat(300_000)}`, `Digest a=b${' '.repeat(300_000)};`, ' '.repeat(300_000)])(
    'reads what is hostile no further than it has to',
    (value) => {
      expect(chooseChallenge(parseChallenges([value]))).toBeUndefined();
    },
  );

  it.each([
    [['Basic realm="a"', 'Digest nonce="n"'], 'digest', undefined],
    [['Digest nonce="n", algorithm=MD5', 'Digest nonce="n", algorithm=SHA-256'], 'digest', 'SHA-256'],
    [['Digest nonce="n", algorithm=ROT13', 'Basic realm="a"'], 'basic', undefined],
    [['Digest nonce="n", qop="auth-int"', 'Basic realm="a"'], 'basic', undefined],
    [['Digest realm="no nonce"', 'Bearer x'], undefined, undefined],
  ])('chooses the strongest that it knows of %j', (values, scheme, algorithm) => {
    const chosen = chooseChallenge(parseChallenges(values));
    expect([chosen?.scheme, chosen?.parameters.get('algorithm')]).toEqual([scheme, algorithm]);
  });

  // RFC 2617, 3.5 and RFC 7616, 3.9.1.
  const mufasa = { username: 'Mufasa', password: 'Circle Of Life' };
  it.each([
    [
      'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
      mufasa,
      '0a4f113b',
      '6629fae49393a05397450978507c4ef1',
    ],
    [
      'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
      { username: 'Mufasa', password: 'Circle of Life' },
      'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
      '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
    ],
    // RFC 2069, 2.4, with the response that its erratum 749 gives.
    [
      'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
      { username: 'Mufasa', password: 'CircleOfLife' },
      '',
      '1949323746fe6a43ef61f9606e7febea',
    ],
  ])('signs as the RFCs do: %s', (challenge, credentials, cnonce, response) => {
    const signed = authorization(one(challenge), credentials, { method: 'GET', uri: '/dir/index.html' }, 1, cnonce);
    expect(signed).toContain(`response="${response}"`);
    expect(signed.includes('nc=00000001')).toBe(challenge.includes('qop'));
    expect(signed.includes('opaque=')).toBe(true);
  });

  it('signs by Basic', () => {
    const credentials = { username: 'Aladdin', password: 'open sesame' };
    const signed = authorization(one('Basic realm="x"'), credentials, { method: 'A', uri: 'b' }, 1, '');
    expect(signed).toBe('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==');
  });

  it('tries a password once, and again only for a stale nonce', () => {
    const digest = ['Digest realm="r", nonce="1"'];
    const login = new Authenticator(mufasa);
    expect(login.sign('A', 'b')).toBeUndefined();
    expect(login.challenged(digest, false)).toBe(true);
    expect(login.sign('A', 'b')).toContain('nonce="1"');
    expect(login.challenged(['Digest realm="r", nonce="2"'], true)).toBe(false);
    expect(login.challenged(['Digest realm="r", nonce="3", stale=true'], true)).toBe(true);
    expect(login.sign('A', 'b')).toContain('nonce="3"');
    expect(new Authenticator(undefined).challenged(digest, false)).toBe(false);
    expect(login.challenged(['Bearer x'], false)).toBe(false);
  });

  it('never fails on what a camera says', () => {
    const words = fc.constantFrom('Digest', 'Basic', ' ', ',', '=', '"', '\\', 'nonce', 'qop="auth"', 'realm=', 'x');
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string()), { maxLength: 20 }), (parts) => {
        const login = new Authenticator(mufasa);
        login.challenged([parts.join('')], false);
        expect(login.sign('A', 'b') ?? '').not.toContain('Circle');
      }),
    );
  });
});
