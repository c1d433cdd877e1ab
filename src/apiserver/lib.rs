//! An embeddable Kubernetes API server over an embedded store.
