package wire

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"syscall"

	"dragoman/pipeline"
)

// Unreached makes the typed error of a call that brought no reply, as the guard
// does: for transports that talk to an endpoint by themselves.
func Unreached(err error) error { return transportFailure(err) }

// transportFailure makes the typed error of an attempt that brought no reply.
func transportFailure(err error) error {
	f := &Failure{Message: oneLine(err.Error(), maxMessage), Err: err, Retryable: true, MaybePaid: true}
	dns, isDNS := errors.AsType[*net.DNSError](err)
	switch {
	case certificate(err):
		f.Retryable, f.MaybePaid = false, false
		return fail(pipeline.Unavailable, "the server's certificate is not accepted; check the base URL and the machine's certificates", f)
	case isDNS:
		f.MaybePaid = false
		return fail(pipeline.Unavailable, "no such host: "+dns.Name+"; check the base URL", f)
	case errors.Is(err, syscall.ECONNREFUSED):
		f.MaybePaid = false
		return fail(pipeline.Unavailable, "nothing listens at that address; is the server running?", f)
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		f.MaybePaid = false
	}
	return fail(pipeline.Unavailable, "the connection to the endpoint failed", f)
}

func certificate(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return true // no TLS at all
	}
	return false
}
