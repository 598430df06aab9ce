package main

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// material makes keys, certificates and archives for the functions that read them: fresh ones each
// time, so that no key has to be kept anywhere.
func material() (made map[string][]byte, err error) {
	m := maker{made: map[string][]byte{}}
	defer func() {
		if failure, failed := recover().(error); failed {
			err = failure
		}
	}()
	rsaKey := must(rsa.GenerateKey(rand.Reader, 2048))
	m.pem("rsa1", "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey))
	m.key8("rsa8", rsaKey)
	m.pem("rsaPublic", "PUBLIC KEY", must(x509.MarshalPKIXPublicKey(rsaKey.Public())))
	var leafKey *ecdsa.PrivateKey
	for name, curve := range map[string]elliptic.Curve{
		"224": elliptic.P224(), "256": elliptic.P256(), "384": elliptic.P384(), "521": elliptic.P521(),
	} {
		key := must(ecdsa.GenerateKey(curve, rand.Reader))
		m.pem("ec"+name, "EC PRIVATE KEY", must(x509.MarshalECPrivateKey(key)))
		m.key8("ec"+name+"p8", key)
		if name == "256" {
			leafKey = key
		}
		m.ellipticJWK(name, key)
	}
	edPublic, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	m.key8("ed25519", edKey)
	m.jwk("jwkEd", map[string]string{
		"kty": "OKP", "crv": "Ed25519", "x": number(edPublic), "d": number(edKey.Seed()),
	}, "d")
	m.jwk("jwkEdWrong", map[string]string{
		"kty": "OKP", "crv": "Ed25519", "x": number(make([]byte, 32)), "d": number(edKey.Seed()),
	}, "d")
	m.jwk("jwkRsa", map[string]string{
		"kty": "RSA", "alg": "RS256", "n": number(rsaKey.N.Bytes()), "e": "AQAB", "d": number(rsaKey.D.Bytes()),
		"p": number(rsaKey.Primes[0].Bytes()), "q": number(rsaKey.Primes[1].Bytes()),
		"dp": number(rsaKey.Precomputed.Dp.Bytes()), "dq": number(rsaKey.Precomputed.Dq.Bytes()),
		"qi": number(rsaKey.Precomputed.Qinv.Bytes()),
	}, "d", "p", "q", "dp", "dq", "qi")
	m.made["jwkOct"] = []byte(`{"kty":"oct","k":"AAAA"}`)

	root := m.certificate("root", 1, nil, nil, rsaKey.Public(), rsaKey)
	middle := m.certificate("middle", 2, root, nil, leafKey.Public(), rsaKey)
	leaf := m.certificate("leaf", 3, middle, []string{"a.example", "b.example"}, edPublic, leafKey)
	other := m.certificate("other", 4, nil, nil, leafKey.Public(), leafKey)
	plain := m.certificate("plain", 5, nil, nil, rsaKey.Public(), rsaKey)

	for name, encoder := range map[string]*pkcs12.Encoder{
		"modern": pkcs12.Modern, "des": pkcs12.LegacyDES, "rc2": pkcs12.LegacyRC2, "bare": pkcs12.Passwordless,
	} {
		password := "pa ss"
		if name == "bare" {
			password = ""
		}
		m.made["p12"+name] = must(encoder.Encode(rsaKey, plain, []*x509.Certificate{root, middle}, password))
		if name != "bare" {
			m.made["p12"+name+"open"] = must(encoder.Encode(rsaKey, plain, nil, ""))
		}
	}
	m.made["p12ec"] = must(pkcs12.Modern.Encode(leafKey, middle, []*x509.Certificate{root}, ""))
	m.made["p12disjunct"] = must(pkcs12.Modern.Encode(leafKey, other, []*x509.Certificate{root}, ""))
	m.made["p12trust"] = must(pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{root, leaf}, ""))

	secret := []byte("an encrypted text")
	m.made["oaep1"] = must(rsa.EncryptOAEP(sha1.New(), rand.Reader, &rsaKey.PublicKey, secret, nil))
	m.made["oaep256"] = must(rsa.EncryptOAEP(sha256.New(), rand.Reader, &rsaKey.PublicKey, secret, nil))
	m.made["oaep512"] = must(rsa.EncryptOAEP(sha512.New(), rand.Reader, &rsaKey.PublicKey, secret, nil))
	return m.made, nil
}

type maker struct{ made map[string][]byte }

func (m maker) pem(name, kind string, der []byte) {
	m.made[name] = pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func (m maker) key8(name string, key any) {
	m.pem(name, "PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(key)))
}

func (m maker) certificate(
	name string, serial int64, parent *x509.Certificate, names []string, public, signer any,
) *x509.Certificate {
	wanted := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, DNSNames: names,
		NotBefore: time.Unix(1700000000, 0), NotAfter: time.Unix(2000000000, 0),
		IsCA: names == nil, BasicConstraintsValid: true,
	}
	if name != "plain" {
		wanted.SubjectKeyId = []byte(name)
	}
	if parent == nil {
		parent = wanted
	}
	der := must(x509.CreateCertificate(rand.Reader, wanted, parent, public, signer))
	m.pem("cert"+name, "CERTIFICATE", der)
	return must(x509.ParseCertificate(der))
}

func (m maker) ellipticJWK(name string, key *ecdsa.PrivateKey) {
	size := (key.Params().BitSize + 7) / 8
	m.jwk("jwkEc"+name, map[string]string{
		"kty": "EC", "crv": key.Params().Name, "x": number(key.X.FillBytes(make([]byte, size))),
		"y": number(key.Y.FillBytes(make([]byte, size))), "d": number(key.D.FillBytes(make([]byte, size))),
	}, "d")
}

// jwk keeps a key as it is and, named with `Public`, without its private fields.
func (m maker) jwk(name string, fields map[string]string, private ...string) {
	m.made[name] = must(json.Marshal(fields))
	for _, field := range private {
		delete(fields, field)
	}
	m.made[name+"Public"] = must(json.Marshal(fields))
}

func number(bytes []byte) string {
	return base64.RawURLEncoding.EncodeToString(bytes)
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
