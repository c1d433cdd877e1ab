//! The roles: what a piece of text is for. Views name roles, themes say how they look.

macro_rules! roles {
    ($($(#[doc = $doc:literal])+ $role:ident => $name:literal,)+) => {
        /// What a piece of the screen is for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum Role {
            $($(#[doc = $doc])+ $role,)+
        }

        impl Role {
            /// All roles, each at the index of its number.
            pub const ALL: [Self; Self::COUNT] = [$(Self::$role),+];
            /// How many there are.
            pub const COUNT: usize = [$($name),+].len();

            /// How themes call it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$role => $name,)+
                }
            }

            /// The role that themes call `name`.
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|role| role.name() == name)
            }
        }
    };
}

roles! {
    /// Plain text, and the ground of the whole screen.
    Text => "text",
    /// Text that may be overlooked: secondary names, rows of a lost connection.
    Dim => "dim",
    /// The header line.
    Header => "header",
    /// The program's name.
    Title => "title",
    /// Titles of columns.
    Columns => "columns",
    /// The guides of the tree.
    Guide => "guide",
    /// Titles of sections.
    Section => "section",
    /// The row of the cursor.
    Cursor => "cursor",
    /// Names of management clusters and of headings that are no object.
    Heading => "heading",
    /// As it should be.
    Good => "good",
    /// On its way.
    Progressing => "progressing",
    /// Paused by a person.
    Paused => "paused",
    /// Nobody can tell.
    Unknown => "unknown",
    /// Needs a look.
    Warning => "warning",
    /// Broken.
    Failed => "failed",
    /// A connection that is not current.
    Stale => "stale",
    /// Nothing can be written.
    ReadOnly => "read-only",
    /// Something can be written.
    ReadWrite => "read-write",
    /// Keys in the footer and in help.
    Key => "key",
    /// What a key does.
    Hint => "hint",
    /// A line of text that is being typed.
    Input => "input",
    /// The cell of the cursor in it.
    Caret => "caret",
    /// A candidate of a completion.
    Candidate => "candidate",
    /// The candidate that is taken.
    Chosen => "chosen",
    /// The line under a row that says what will happen.
    Note => "note",
    /// A message of the moment.
    Message => "message",
    /// Keys of YAML.
    Property => "property",
    /// Lines between panes.
    Border => "border",
}
