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
            StatusCode::OK => plausible(answer.json()?),
            status @ StatusCode::UNAUTHORIZED => Err(Error::Refused { status, refusal: Refusal::AccessToken }),
            status => Err(Error::garbled(format!("status {}", status.as_u16()))),
        }
    }
}

/// Far above what Discord allows (32 characters), and far below what would make an account expensive to read.
const MOST_CHARS: usize = 128;

fn plausible(profile: Profile) -> Result<Profile, Error> {
    let texts = [Some(&profile.username), profile.global_name.as_ref(), profile.avatar.as_ref()];
    if texts.into_iter().flatten().all(|text| text.chars().nth(MOST_CHARS).is_none()) {
        Ok(profile)
    } else {
        Err(Error::garbled("a profile with endless names"))
    }
}
