//! Columns of Services and of what leads to Pods.
//!
//! Source: `pkg/printers/internalversion/printers.go` of Kubernetes.

use serde_json::Value;

use super::built_in::{age, field, joined, list, number, or_else, selector};
use super::{Printed, text};

/// How many addresses are shown before it is only said how many more there are.
const SHOWN: usize = 3;

/// The columns of a kind of the network; none for other kinds.
pub(super) fn columns(kind: &str) -> Option<Vec<Printed<'static>>> {
    Some(match kind {
        "Service" => service(),
        "Endpoints" => vec![
            Printed::name(),
            Printed::new("Endpoints", "string", "Where it leads.", |object, _| {
                Value::String(endpoints(object))
            }),
            age(),
        ],
        "EndpointSlice" => endpoint_slice(),
        "Ingress" => ingress(),
        "IngressClass" => ingress_class(),
        "NetworkPolicy" => vec![
            Printed::name(),
            Printed::new("Pod-Selector", "string", "Which Pods it is for.", |object, _| {
                Value::String(selector(object.pointer("/spec/podSelector")))
            }),
            age(),
        ],
        _ => return None,
    })
}

fn service() -> Vec<Printed<'static>> {
    vec![
        Printed::name(),
        field("Type", "/spec/type", "How it can be reached."),
        Printed::new("Cluster-IP", "string", "Its address inside.", |service, _| {
            let address = match text(service, "/spec/clusterIPs/0") {
                "" => text(service, "/spec/clusterIP"),
                address => address,
            };
            or_else(address, "<none>")
        }),
        Printed::new("External-IP", "string", "Its address outside.", |service, _| {
            Value::String(external_address(service))
        }),
        Printed::new("Port(s)", "string", "Its ports.", |service, _| {
            let ports = list(service, "/spec/ports").iter().map(|port| {
                let protocol = match text(port, "/protocol") {
                    "" => "TCP",
                    protocol => protocol,
                };
                match number(port, "/nodePort") {
                    0 => format!("{}/{protocol}", number(port, "/port")),
                    node => format!("{}:{node}/{protocol}", number(port, "/port")),
                }
            });
            or_else(&ports.collect::<Vec<_>>().join(","), "<none>")
        }),
        age(),
        Printed::new("Selector", "string", "Which Pods it leads to.", |service, _| {
            Value::String(selector(service.pointer("/spec/selector")))
        })
        .wide(),
    ]
}

fn external_address(service: &Value) -> String {
    let fixed = list(service, "/spec/externalIPs")
        .iter()
        .filter_map(Value::as_str);
    match text(service, "/spec/type") {
        "ExternalName" => text(service, "/spec/externalName").to_owned(),
        "LoadBalancer" => {
            let balancers = balancers(service);
            let all: Vec<&str> = balancers.into_iter().chain(fixed).collect();
            if all.is_empty() {
                "<pending>".to_owned()
            } else {
                all.join(",")
            }
        }
        _ => match joined(fixed) {
            none if none.is_empty() => "<none>".to_owned(),
            some => some,
        },
    }
}

/// Addresses of the load balancers of a Service or an Ingress.
fn balancers(object: &Value) -> Vec<&str> {
    list(object, "/status/loadBalancer/ingress")
        .iter()
        .map(|ingress| match text(ingress, "/ip") {
            "" => text(ingress, "/hostname"),
            address => address,
        })
        .filter(|address| !address.is_empty())
        .collect()
}

/// The first few, and how many more there are.
fn some_of(all: &[String], placeholder: &str) -> String {
    let shown = all.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(",");
    match all.len() {
        0 => placeholder.to_owned(),
        count if count > SHOWN => format!("{shown} + {} more...", count - SHOWN),
        _ => shown,
    }
}

fn endpoints(object: &Value) -> String {
    let mut all = Vec::new();
    for subset in list(object, "/subsets") {
        let ports = list(subset, "/ports");
        for address in list(subset, "/addresses") {
            let ip = text(address, "/ip");
            if ports.is_empty() {
                all.push(ip.to_owned());
            }
            for port in ports {
                let port = number(port, "/port");
                all.push(if ip.contains(':') {
                    format!("[{ip}]:{port}")
                } else {
                    format!("{ip}:{port}")
                });
            }
        }
    }
    some_of(&all, "<none>")
}

fn endpoint_slice() -> Vec<Printed<'static>> {
    vec![
        Printed::name(),
        field("AddressType", "/addressType", "What sort of addresses it has."),
        Printed::new("Ports", "string", "Its ports.", |slice, _| {
            let port = |port: &Value| match port.pointer("/port").and_then(Value::as_i64) {
                Some(port) => port.to_string(),
                None if text(port, "/name").is_empty() => "*".to_owned(),
                None => text(port, "/name").to_owned(),
            };
            let ports: Vec<String> = list(slice, "/ports").iter().map(port).collect();
            Value::String(some_of(&ports, "<unset>"))
        }),
        Printed::new("Endpoints", "string", "Where it leads.", |slice, _| {
            let addresses = list(slice, "/endpoints")
                .iter()
                .flat_map(|endpoint| list(endpoint, "/addresses"));
            let addresses: Vec<String> = addresses.filter_map(Value::as_str).map(str::to_owned).collect();
            Value::String(some_of(&addresses, "<unset>"))
        }),
        age(),
    ]
}

fn ingress() -> Vec<Printed<'static>> {
    vec![
        Printed::name(),
        Printed::new("Class", "string", "Who acts upon it.", |ingress, _| {
            let annotation = text(ingress, "/metadata/annotations/kubernetes.io~1ingress.class");
            match text(ingress, "/spec/ingressClassName") {
                "" => or_else(annotation, "<none>"),
                class => Value::from(class),
            }
        }),
        Printed::new("Hosts", "string", "The hosts that it is for.", |ingress, _| {
            let hosts = list(ingress, "/spec/rules")
                .iter()
                .map(|rule| text(rule, "/host").to_owned());
            let hosts: Vec<String> = hosts.filter(|host| !host.is_empty()).collect();
            Value::String(some_of(&hosts, "*"))
        }),
        Printed::new("Address", "string", "Its addresses.", |ingress, _| {
            Value::String(balancers(ingress).join(","))
        }),
        Printed::new("Ports", "string", "Its ports.", |ingress, _| {
            let secure = !list(ingress, "/spec/tls").is_empty();
            Value::from(if secure { "80, 443" } else { "80" })
        }),
        age(),
    ]
}

fn ingress_class() -> Vec<Printed<'static>> {
    vec![
        Printed::name(),
        field(
            "Controller",
            "/spec/controller",
            "Who acts upon Ingresses of this class.",
        ),
        Printed::new("Parameters", "string", "Where its parameters are.", |class, _| {
            let Some(parameters) = class
                .pointer("/spec/parameters")
                .filter(|found| found.is_object())
            else {
                return Value::from("<none>");
            };
            let group = match text(parameters, "/apiGroup") {
                "" => String::new(),
                group => format!(".{group}"),
            };
            Value::String(format!(
                "{}{group}/{}",
                text(parameters, "/kind"),
                text(parameters, "/name")
            ))
        }),
        age(),
    ]
}
