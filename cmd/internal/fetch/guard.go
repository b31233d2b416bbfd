package fetch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"

	"dragoman/pipeline"
)

// allowed are the HOST:PORT that may be in a private network.
type allowed map[string]bool

// CheckAllow reports what is wrong with a list of HOST or HOST:PORT.
func CheckAllow(list []string) error {
	_, err := allow(list)
	return err
}

// allow reads lists of HOST and HOST:PORT. A host alone stands for the ports of
// http and https: who means another one names it.
func allow(lists ...[]string) (allowed, error) {
	out := allowed{}
	for _, entry := range slices.Concat(lists...) {
		host, ports, err := allowedHost(entry)
		if err != nil {
			return nil, &pipeline.Error{
				Code: pipeline.Invalid, Stage: "fetch", Err: fmt.Errorf("allow: %q: %w", entry, err),
				Hint: "name hosts as HOST or HOST:PORT, such as wiki.example.org or 10.1.2.3:8080",
			}
		}
		for _, p := range ports {
			out[net.JoinHostPort(host, p)] = true
		}
	}
	return out, nil
}

func allowedHost(entry string) (host string, ports []string, err error) {
	if strings.ContainsAny(entry, "/?#@%") {
		return "", nil, errors.New("is more than a host and a port")
	}
	host, port, err := net.SplitHostPort(entry)
	ports = []string{port}
	if err != nil { // no port
		host, ports = strings.Trim(entry, "[]"), []string{"80", "443"}
	} else if ports[0], err = portNumber(port); err != nil {
		return "", nil, err
	}
	host, err = canonicalHost(host)
	return host, ports, err
}

// key tells two sets apart: they do not share connections.
func (a allowed) key() string {
	hosts := make([]string, 0, len(a))
	for h := range a {
		hosts = append(hosts, h)
	}
	slices.Sort(hosts)
	return strings.Join(hosts, " ")
}

// denied says that an address may not be dialled.
type denied struct {
	ip       netip.Addr
	endpoint string // what was asked for, HOST:PORT
	never    bool   // allowing the name does not help
}

// Error names the address and its network.
func (d *denied) Error() string {
	text := "its address is " + kindOf(d.ip)
	if !strings.Contains(d.endpoint, d.ip.String()) || d.never {
		text += " (" + d.ip.String() + ")"
	}
	return text
}

// hint says how it may be dialled all the same; flags is Config's.
func (d *denied) hint(flags bool) string {
	switch {
	case d.never:
		return "if that is meant, allow the IP address itself, not its name"
	case flags:
		return "if that is meant, allow it with --allow-host " + d.endpoint
	}
	return fmt.Sprintf("if that is meant, add allow: %q to the source", d.endpoint)
}

// metadata are where clouds tell machines their secrets.
var metadata = []netip.Addr{
	netip.MustParseAddr("169.254.169.254"), // most
	netip.MustParseAddr("169.254.170.2"),   // AWS, of a container
	netip.MustParseAddr("fd00:ec2::254"),   // AWS
	netip.MustParseAddr("fd20:ce::254"),    // Google
	netip.MustParseAddr("100.100.100.200"), // Alibaba
	netip.MustParseAddr("192.0.0.192"),     // Oracle
}

// shared is the network of providers that have too few addresses (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")

// kindOf says in words what is wrong with an address.
func kindOf(ip netip.Addr) string {
	switch {
	case slices.Contains(metadata, ip):
		return "the metadata service of a cloud"
	case ip.IsLoopback(), ip.IsUnspecified():
		return "this machine's own"
	case ip.IsPrivate(), shared.Contains(ip):
		return "in a private network"
	case ip.IsLinkLocalUnicast():
		return "on the local link"
	case ip.IsMulticast():
		return "a group's (multicast)"
	}
	return "not one of the public Internet"
}

// guard looks at the addresses that are dialled.
type guard struct {
	public *ssrf.Guardian // the public Internet alone
	inside *ssrf.Guardian // and private networks, for names that are allowed
	allow  allowed
	passed func(address string) error // tests only: stands in for the connection to what may be dialled
}

func newGuard(a allowed) *guard {
	return &guard{
		allow:  a,
		public: ssrf.New(ssrf.WithAnyPort()),
		inside: ssrf.New(ssrf.WithAnyPort(),
			ssrf.WithAllowedV4Prefixes(
				netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"),
				netip.MustParsePrefix("192.168.0.0/16"), shared),
			ssrf.WithAllowedV6Prefixes(netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("fc00::/7"))),
	}
}

// check judges the address that is about to be dialled for an endpoint. One that
// is allowed as an IP address is allowed whatever it is; one that is allowed by
// its name may be in a private network, and no name makes a metadata service of
// a cloud fetchable.
func (g *guard) check(endpoint, network, address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("dialling %q: %w", address, err)
	}
	ip := at.Addr().Unmap()
	judge, named := g.public, g.allow[endpoint]
	if named {
		if endpoint == netip.AddrPortFrom(ip, at.Port()).String() {
			return nil
		}
		judge = g.inside
	}
	if judge.Safe(network, address, nil) != nil || slices.Contains(metadata, ip) {
		return &denied{ip: ip, endpoint: endpoint, never: named}
	}
	return nil
}

// dial connects to an endpoint, HOST:PORT. Its check sits behind the name's
// resolution, on every address that is tried.
func (g *guard) dial(resolver *net.Resolver) func(ctx context.Context, network, endpoint string) (net.Conn, error) {
	return func(ctx context.Context, network, endpoint string) (net.Conn, error) {
		d := net.Dialer{
			Timeout: dialTime, KeepAlive: 15 * time.Second, Resolver: resolver,
			Control: func(network, address string, _ syscall.RawConn) error {
				if err := g.check(endpoint, network, address); err != nil || g.passed == nil {
					return err
				}
				return g.passed(address)
			},
		}
		return d.DialContext(ctx, network, endpoint)
	}
}
