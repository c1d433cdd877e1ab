//! From the start of the process until `/readyz` says so.

use super::Result;
use super::measure::Samples;
use super::served::{Home, end};

const STARTS: usize = 10;

pub(crate) async fn measure() -> Result<()> {
    let mut first = Samples::new("start to ready, new data directory (keys, definitions)");
    let mut again = Samples::new("start to ready, data directory that is there");
    for _ in 0..STARTS {
        let home = Home::new()?;
        for samples in [&mut first, &mut again] {
            let (mut process, _) = samples
                .time_async(async {
                    let process = home.serve().await?;
                    let client = home.client(false).await?;
                    let ready = client
                        .request_text(http::Request::get("/readyz").body(Vec::new())?)
                        .await?;
                    Result::Ok((process, ready))
                })
                .await?;
            end(&mut process).await?;
        }
    }
    first.print();
    again.print();
    Ok(())
}
