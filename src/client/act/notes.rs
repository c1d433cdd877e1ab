//! Notes of what passes the gate, write by write, for who has to know after an interruption what may have been done.

use serde_json::Value;

use crate::command::Failure;

/// Who keeps notes of each write: before it is sent, and of what came of it.
pub(crate) trait Notes: Send {
    /// The write of this number is about to be sent; where that cannot be noted, it is not.
    fn before(&mut self, write: usize) -> impl Future<Output = Result<(), Failure>> + Send;

    /// The write of this number was answered, with the object as it is now, or failed.
    fn after(
        &mut self,
        write: usize,
        sent: Result<&Value, &Failure>,
    ) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Nobody keeps notes.
impl Notes for () {
    async fn before(&mut self, _: usize) -> Result<(), Failure> {
        Ok(())
    }

    async fn after(&mut self, _: usize, _: Result<&Value, &Failure>) -> Result<(), Failure> {
        Ok(())
    }
}
