//! From a target to a client that works now: credentials renewed in time, the client rebuilt when they change.

use std::sync::Arc;
use std::time::Duration;

use fleetui_base::SharedClock;
use jiff::{SignedDuration, Timestamp};
use kube::config::{AuthInfo, Cluster, Kubeconfig};
use tokio::sync::Mutex;

use crate::credentials::{Broker, Credential, CredentialError, Plugin, Turn};
use crate::environment::Environment;
use crate::kubeconfig::KubeconfigError;
use crate::login::{Login, Way};
use crate::target::{Source, Target};

mod build;

pub(crate) use build::certificate_authorities;

/// How long a token file's content is taken for current; Kubernetes rotates such tokens well before they end.
const TOKEN_FILE_LIFE: SignedDuration = SignedDuration::from_secs(60);

/// Limits in time for becoming connected.
#[derive(Debug, Clone)]
pub struct ConnectSettings {
    /// Until a TCP and TLS connection stands.
    pub connect_timeout: Duration,
    /// Until a client is built from files (certificates, trust store).
    pub build_timeout: Duration,
    /// Until an answer begins, that of a watch too. How long it goes on is for those who read it to judge.
    pub answer_timeout: Duration,
}

impl Default for ConnectSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            build_timeout: Duration::from_secs(10),
            // As long as servers take over a request that is no watch.
            answer_timeout: Duration::from_mins(1),
        }
    }
}

/// Why there is no client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// There are no credentials.
    #[error(transparent)]
    Credentials(#[from] CredentialError),
    /// The kubeconfig's entries cannot be used: a URL, a certificate, a file.
    #[error("{0}")]
    Configuration(String),
    /// Building the client took too long (a file on a hanging disk).
    #[error("the client could not be built within {} s", .0.as_secs())]
    TimedOut(Duration),
}

/// A client, and which one it is: a refusal is told with this number, so that an old client's refusal does not spoil a new one.
#[derive(Clone)]
pub struct Connected {
    /// The client.
    pub client: kube::Client,
    /// Counts up with every client that is built.
    pub generation: u64,
}

/// Gives clients for one management cluster.
pub struct Connector {
    source: Source,
    broker: Arc<Broker>,
    clock: SharedClock,
    settings: ConnectSettings,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    built: Option<Built>,
    generation: u64,
    /// What was read again from the files since the target was made.
    reloaded: Option<Arc<Kubeconfig>>,
}

struct Built {
    client: kube::Client,
    login: Lent,
    /// When the login has to be looked at again.
    look_again: Option<Timestamp>,
}

/// What a client was built with, beyond the kubeconfig itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Lent {
    /// What stands in the kubeconfig.
    Static,
    /// The content of a token file.
    TokenFile(fleetui_base::redact::Secret<String>),
    /// What a plugin gave.
    Plugin(Plugin, Arc<Credential>),
}

impl Connector {
    /// A connector for `target`. Nothing is read or run yet.
    pub fn new(target: &Target, broker: Arc<Broker>, clock: SharedClock, settings: ConnectSettings) -> Self {
        Self {
            source: target.source.clone(),
            broker,
            clock,
            settings,
            state: Mutex::default(),
        }
    }

    /// A client with credentials that are good now. The same one as before while they are.
    pub async fn client(&self) -> Result<Connected, ConnectError> {
        let (kubeconfig, environment) = match &self.source {
            Source::Ready(client) => {
                return Ok(Connected {
                    client: client.clone(),
                    generation: 0,
                });
            }
            Source::Kubeconfig {
                kubeconfig,
                environment,
                ..
            } => (kubeconfig, environment),
        };
        // Held while a plugin runs or a client is built, both bounded: all who wait want this very result.
        let mut state = self.state.lock().await;
        let now = self.clock.now();
        if let Some(built) = state
            .built
            .as_ref()
            .filter(|built| built.look_again.is_none_or(|at| now < at))
        {
            return Ok(Connected {
                client: built.client.clone(),
                generation: state.generation,
            });
        }
        let kubeconfig = self.kubeconfig(&mut state, kubeconfig).await?;
        let (cluster, user) = parts(&kubeconfig)?;
        let login = self.login(cluster, user).await?;
        let look_again = self.look_again(&login);
        if let Some(built) = state.built.as_mut().filter(|built| built.login == login) {
            built.look_again = look_again;
            return Ok(Connected {
                client: built.client.clone(),
                generation: state.generation,
            });
        }
        let client = self
            .build(Arc::clone(&kubeconfig), login.clone(), Arc::clone(environment))
            .await?;
        state.generation += 1;
        state.built = Some(Built {
            client: client.clone(),
            login,
            look_again,
        });
        Ok(Connected {
            client,
            generation: state.generation,
        })
    }

    /// Says that the server refused the client of this generation (401). Its credentials are asked for anew, where that can help.
    pub async fn refused(&self, generation: u64) {
        let mut state = self.state.lock().await;
        if state.generation != generation {
            return;
        }
        match state.built.as_mut() {
            Some(Built {
                login: Lent::Plugin(plugin, credential),
                look_again,
                ..
            }) => {
                self.broker.refused(plugin, credential).await;
                *look_again = Some(self.clock.now());
            }
            Some(Built {
                login: Lent::TokenFile(_),
                look_again,
                ..
            }) => *look_again = Some(self.clock.now()),
            // What stands in the kubeconfig is read anew on `renew`, when the user says that it has changed.
            Some(Built {
                login: Lent::Static, ..
            })
            | None => {}
        }
    }

    /// Starts over: reads the kubeconfig again and forgets credentials, after the user has logged in anew.
    pub async fn renew(&self) {
        let Source::Kubeconfig { kubeconfig, .. } = &self.source else {
            return;
        };
        let mut state = self.state.lock().await;
        match self.reload().await {
            Ok(read) => state.reloaded = Some(Arc::new(read)),
            Err(error) => tracing::warn!(%error, "the kubeconfig could not be read again"),
        }
        state.built = None;
        let current = state.reloaded.as_ref().or(kubeconfig.as_ref().ok());
        if let Some((cluster, Some(AuthInfo { exec: Some(exec), .. }))) =
            current.and_then(|current| parts(current).ok())
            && let Ok(plugin) = Plugin::of(exec, cluster)
        {
            self.broker.forget(&plugin).await;
        }
    }

    /// The turn of a person who logs in. It comes once nobody runs the plugin in the background.
    ///
    /// # Errors
    /// Where there is no plugin to run.
    pub async fn turn(&self) -> Result<Turn, ConnectError> {
        let Source::Kubeconfig { kubeconfig, .. } = &self.source else {
            return Err(no_plugin(&Way::Within));
        };
        let plugin = {
            let mut state = self.state.lock().await;
            let current = self.kubeconfig(&mut state, kubeconfig).await?;
            let way = Login::of(&current).way;
            match (parts(&current)?, &way) {
                ((cluster, Some(AuthInfo { exec: Some(exec), .. })), Way::Plugin(_)) => {
                    Plugin::of(exec, cluster)?
                }
                _ => return Err(no_plugin(&way)),
            }
        };
        Ok(self.broker.turn(&plugin).await)
    }

    /// Lets the person log in: runs the plugin with the terminal, and keeps what it gives for all who need it. Whoever calls
    /// this has given the terminal away for as long.
    ///
    /// # Errors
    /// Where the plugin gave no credential within `limit`.
    pub async fn log_in(&self, turn: Turn, limit: Duration) -> Result<(), ConnectError> {
        turn.log_in(limit).await?;
        self.state.lock().await.built = None;
        Ok(())
    }

    /// The kubeconfig as last read. One that could not be used is read again: it may be there by now.
    async fn kubeconfig(
        &self,
        state: &mut State,
        first: &Result<Arc<Kubeconfig>, KubeconfigError>,
    ) -> Result<Arc<Kubeconfig>, ConnectError> {
        if let Some(kubeconfig) = state.reloaded.as_ref().or(first.as_ref().ok()) {
            return Ok(Arc::clone(kubeconfig));
        }
        let read = Arc::new(self.reload().await?);
        state.reloaded = Some(Arc::clone(&read));
        Ok(read)
    }

    /// Reads the context from the files again.
    async fn reload(&self) -> Result<Kubeconfig, ConnectError> {
        let Source::Kubeconfig {
            context,
            files,
            overrides,
            ..
        } = &self.source
        else {
            return Err(ConnectError::Configuration("there is no kubeconfig".to_owned()));
        };
        let (context, files, overrides) = (context.clone(), files.clone(), Arc::clone(overrides));
        let reading = tokio::task::spawn_blocking(move || {
            files.load().and_then(|loaded| loaded.slice(&context, &overrides))
        });
        match tokio::time::timeout(self.settings.build_timeout, reading).await {
            Ok(Ok(Ok(slice))) => Ok(slice.kubeconfig),
            Ok(Ok(Err(error))) => Err(ConnectError::Configuration(error.to_string())),
            Ok(Err(fault)) => Err(ConnectError::Configuration(format!(
                "the kubeconfig could not be read: {fault}"
            ))),
            Err(_elapsed) => Err(ConnectError::TimedOut(self.settings.build_timeout)),
        }
    }

    async fn login(&self, cluster: &Cluster, user: Option<&AuthInfo>) -> Result<Lent, CredentialError> {
        let Some(user) = user else {
            return Ok(Lent::Static);
        };
        if let Some(provider) = user
            .auth_provider
            .as_ref()
            .filter(|provider| provider.name != "oidc")
        {
            let what = format!(
                "auth-provider {} is gone from Kubernetes; use an exec plugin",
                provider.name
            );
            return Err(CredentialError::Unsupported(what));
        }
        let has_basic = user.username.is_some() && user.password.is_some();
        if user.token.is_some() || user.auth_provider.is_some() || has_basic {
            return Ok(Lent::Static);
        }
        if let Some(file) = &user.token_file {
            return token_file(file, self.settings.build_timeout).await;
        }
        let Some(exec) = &user.exec else {
            return Ok(Lent::Static);
        };
        let plugin = Plugin::of(exec, cluster)?;
        let credential = self.broker.credential(&plugin).await?;
        Ok(Lent::Plugin(plugin, credential))
    }

    /// The broker knows best when a plugin's credential is due; asking it costs nothing, so it is asked often.
    fn look_again(&self, login: &Lent) -> Option<Timestamp> {
        let after = match login {
            Lent::Static => return None,
            Lent::TokenFile(_) => TOKEN_FILE_LIFE,
            Lent::Plugin(_, credential) => {
                credential.expires?;
                SignedDuration::from_secs(1)
            }
        };
        Some(self.clock.now().checked_add(after).unwrap_or(Timestamp::MAX))
    }

    /// The error with where the mistake stands: the context, and the files that it was read from.
    fn placed(&self, error: ConnectError) -> ConnectError {
        match (error, &self.source) {
            (ConnectError::Configuration(what), Source::Kubeconfig { context, files, .. }) => {
                ConnectError::Configuration(format!("context {context} of {files}: {what}"))
            }
            (error, _) => error,
        }
    }

    async fn build(
        &self,
        kubeconfig: Arc<Kubeconfig>,
        login: Lent,
        environment: Arc<Environment>,
    ) -> Result<kube::Client, ConnectError> {
        let built = build_within(kubeconfig, login, environment, &self.settings).await;
        built.map_err(|error| self.placed(error))
    }
}

/// Builds a client off the runtime's threads: certificates and the system's trust store are files, and reading them blocks.
pub(crate) async fn build_within(
    kubeconfig: Arc<Kubeconfig>,
    login: Lent,
    environment: Arc<Environment>,
    settings: &ConnectSettings,
) -> Result<kube::Client, ConnectError> {
    let settings = settings.clone();
    let limit = settings.build_timeout;
    let building =
        tokio::task::spawn_blocking(move || build::client(&kubeconfig, &login, &environment, &settings));
    match tokio::time::timeout(limit, building).await {
        Ok(Ok(built)) => built,
        Ok(Err(fault)) => Err(ConnectError::Configuration(format!(
            "the client could not be built: {fault}"
        ))),
        Err(_elapsed) => Err(ConnectError::TimedOut(limit)),
    }
}

fn no_plugin(way: &Way) -> ConnectError {
    let what = format!("there is no credential plugin to log in with (credentials: {way})");
    ConnectError::Credentials(CredentialError::Unsupported(what))
}

/// The one cluster and the user, if any, of a sliced kubeconfig.
fn parts(kubeconfig: &Kubeconfig) -> Result<(&Cluster, Option<&AuthInfo>), ConnectError> {
    let cluster = kubeconfig
        .clusters
        .first()
        .and_then(|named| named.cluster.as_ref());
    let cluster =
        cluster.ok_or_else(|| ConnectError::Configuration("the context has no cluster".to_owned()))?;
    Ok((
        cluster,
        kubeconfig
            .auth_infos
            .first()
            .and_then(|named| named.auth_info.as_ref()),
    ))
}

async fn token_file(file: &str, timeout: Duration) -> Result<Lent, CredentialError> {
    let failed = |what: String| CredentialError::TokenFile {
        file: file.into(),
        what,
    };
    match tokio::time::timeout(timeout, tokio::fs::read_to_string(file)).await {
        // A line break at the end is usual, and no part of the token.
        Ok(Ok(token)) => Ok(Lent::TokenFile(fleetui_base::redact::Secret::new(
            token.trim().to_owned(),
        ))),
        Ok(Err(error)) => Err(failed(error.to_string())),
        Err(_elapsed) => Err(failed("reading it takes too long".to_owned())),
    }
}

#[cfg(test)]
mod tests;
