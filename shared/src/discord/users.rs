//! What Discord knows about a user.

use reqwest::{Method, StatusCode};

use super::client::Answer;
use super::{Client, Error, Refusal};
use crate::domain::{AccessToken, Profile};

impl Client {
    /// Who the token is of (`GET /users/@me`, scope `identify`).
    pub async fn identify(&self, access_token: &AccessToken) -> Result<Profile, Error> {
        let answer = Answer::of(self.request(Method::GET, "users/@me")?.bearer_auth(access_token.reveal())).await?;
        match answer.status {
            StatusCode::OK => answer.json(),
            status @ StatusCode::UNAUTHORIZED => Err(Error::Refused { status, refusal: Refusal::AccessToken }),
            status => Err(Error::garbled(format!("status {}", status.as_u16()))),
        }
    }
}
