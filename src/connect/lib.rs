//! From a kubeconfig to a client: contexts, credentials, proxies.
