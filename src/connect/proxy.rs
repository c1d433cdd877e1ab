//! Which proxy a server is reached through, as kubectl decides it.
//!
//! A `proxy-url` of the kubeconfig always holds. The environment's proxies spare what `NO_PROXY` names and this machine
//! itself. (The kube client matches `NO_PROXY` against the proxy instead of the server, so it is not asked.)

use std::net::IpAddr;

use http::Uri;

use crate::environment::Environment;

/// The proxy for `server`, if any. `configured` is the kubeconfig's `proxy-url`.
///
/// # Errors
/// The text that is no URL.
pub fn proxy_for(
    server: &Uri,
    configured: Option<&str>,
    environment: &Environment,
) -> Result<Option<Uri>, String> {
    if let Some(configured) = configured.filter(|url| !url.is_empty()) {
        return parse(configured).map(Some);
    }
    let from_environment = match server.scheme_str() {
        Some("http") => environment.http_proxy.as_deref(),
        Some(_) | None => environment.https_proxy.as_deref(),
    };
    let Some(proxy) = from_environment else {
        return Ok(None);
    };
    if spared(server, environment.no_proxy.as_deref().unwrap_or_default()) {
        return Ok(None);
    }
    parse(proxy).map(Some)
}

fn parse(url: &str) -> Result<Uri, String> {
    // Go takes `proxy:3128` for `http://proxy:3128`.
    let full = if url.contains("://") {
        url.to_owned()
    } else {
        format!("http://{url}")
    };
    full.parse().map_err(|error| format!("proxy {url}: {error}"))
}

/// Whether `server` is reached without the environment's proxy.
fn spared(server: &Uri, no_proxy: &str) -> bool {
    let host = server
        .host()
        .unwrap_or_default()
        .trim_start_matches('[')
        .trim_end_matches(']')
        .to_ascii_lowercase();
    let port = server
        .port_u16()
        .unwrap_or(if server.scheme_str() == Some("http") {
            80
        } else {
            443
        });
    let address: Option<IpAddr> = host.parse().ok();
    if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
        return true;
    }
    no_proxy
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .any(|item| names(item, &host, port, address))
}

/// Whether one item of `NO_PROXY` names this host: `*`, an address, a network, a domain with what is below it, `.domain`
/// for what is below it alone; each but a network with an optional port.
fn names(item: &str, host: &str, port: u16, address: Option<IpAddr>) -> bool {
    let item = item.to_ascii_lowercase();
    if item == "*" {
        return true;
    }
    if let Some((network, length)) = item.split_once('/') {
        let network: Option<IpAddr> = network.parse().ok();
        return match (network, length.parse::<u32>(), address) {
            (Some(network), Ok(length), Some(address)) => contains(network, length, address),
            _ => false,
        };
    }
    let (name, wanted_port) = split_port(&item);
    if wanted_port.is_some_and(|wanted| wanted != port) {
        return false;
    }
    if let Ok(wanted) = name.parse::<IpAddr>() {
        return address == Some(wanted);
    }
    let below = name.strip_prefix("*.").or_else(|| name.strip_prefix('.'));
    match below {
        Some(domain) => host
            .strip_suffix(domain)
            .is_some_and(|front| front.ends_with('.')),
        None => host == name || host.strip_suffix(name).is_some_and(|front| front.ends_with('.')),
    }
}

/// Splits `host:port`, `[::1]:port` and bare hosts; a bare IPv6 address has colons and no port.
fn split_port(item: &str) -> (&str, Option<u16>) {
    if let Some((address, rest)) = item.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (address, rest.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match item.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, port.parse().ok()),
        Some(_) | None => (item, None),
    }
}

fn contains(network: IpAddr, length: u32, address: IpAddr) -> bool {
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) if length <= 32 => {
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            network.to_bits() & mask == address.to_bits() & mask
        }
        (IpAddr::V6(network), IpAddr::V6(address)) if length <= 128 => {
            let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
            network.to_bits() & mask == address.to_bits() & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_proxy_is_matched_against_the_server() {
        let cases = [
            ("https://api.example.com:6443", "", true),
            ("https://api.example.com:6443", "example.com", false),
            ("https://example.com", ".example.com", true),
            ("https://api.example.com", "*.example.com", false),
            ("https://badexample.com", "example.com", true),
            ("https://api.example.com:6443", "example.com:443", true),
            ("https://api.example.com:6443", "example.com:6443", false),
            ("https://10.1.2.3:6443", "10.0.0.0/8", false),
            ("https://11.1.2.3:6443", "10.0.0.0/8", true),
            ("https://11.1.2.3:6443", "0.0.0.0/0", false),
            ("https://10.1.2.3:6443", "10.1.2.3", false),
            ("https://[fd00::1]:6443", "fd00::/8", false),
            ("https://[fd00::1]:6443", "[fd00::1]:6443", false),
            ("https://api.example.com", "*", false),
            ("https://api.example.com", "localhost,", true),
            ("https://127.0.0.1:6443", "", false),
            ("https://localhost:6443", "", false),
            // The proxy's own name says nothing about the server.
            ("https://api.example.com", "proxy.corp", true),
        ];
        for (server, no_proxy, proxied) in cases {
            let environment = Environment {
                https_proxy: Some("http://proxy.corp:3128".to_owned()),
                no_proxy: Some(no_proxy.to_owned()),
                ..Environment::default()
            };
            let proxy = proxy_for(&server.parse().unwrap(), None, &environment).unwrap();
            assert_eq!(proxy.is_some(), proxied, "{server} with NO_PROXY={no_proxy}");
        }
    }

    #[test]
    fn the_kubeconfigs_own_proxy_always_holds() {
        let environment = Environment {
            no_proxy: Some("*".to_owned()),
            ..Environment::default()
        };
        let server = "https://127.0.0.1:6443".parse().unwrap();
        let proxy = proxy_for(&server, Some("socks5://jump:1080"), &environment)
            .unwrap()
            .unwrap();
        assert_eq!(proxy.to_string(), "socks5://jump:1080/");
        let bare = proxy_for(&server, Some("jump:3128"), &environment)
            .unwrap()
            .unwrap();
        assert_eq!(bare.to_string(), "http://jump:3128/");
    }

    #[test]
    fn http_servers_have_a_proxy_of_their_own() {
        let environment = Environment {
            https_proxy: Some("http://p:1".to_owned()),
            ..Environment::default()
        };
        assert_eq!(
            proxy_for(&"http://api.example.com".parse().unwrap(), None, &environment),
            Ok(None)
        );
    }
}
