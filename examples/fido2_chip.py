"""A security key: python-fido2, client and server, registers a simulated chip and signs in with it."""

from fido2 import webauthn
from fido2.client import DefaultClientDataCollector, Fido2Client, UserInteraction
from fido2.server import Fido2Server

from segl_sim import World

NO_PIN = webauthn.UserVerificationRequirement.DISCOURAGED  # a touch is enough


class Owner(UserInteraction):
    """Who holds the chip, and touches it a second after it has asked for that."""

    def prompt_up(self) -> None:  # noqa: D102
        chip.touch(after=1)


with World(seed=1) as world:
    chip = world.chip()
    client = Fido2Client(chip.ctap(), DefaultClientDataCollector("https://example.com"), Owner())
    server = Fido2Server(webauthn.PublicKeyCredentialRpEntity(id="example.com", name="Example"))
    user = webauthn.PublicKeyCredentialUserEntity(id=b"ada")
    options, state = server.register_begin(user, user_verification=NO_PIN)
    ada = server.register_complete(state, client.make_credential(options.public_key)).credential_data
    options, state = server.authenticate_begin([ada] if ada else [], NO_PIN)
    answer = client.get_assertion(options.public_key).get_response(0)
    server.authenticate_complete(state, [ada] if ada else [], answer)
    print("signed in, counter", answer.response.authenticator_data.counter)
