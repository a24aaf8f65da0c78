// Stands in every page of a journey before its own code: keeps each peer connection, and what the other side's descriptions and candidates said.
(() => {
  const Native = window.RTCPeerConnection;
  if (!Native) return;
  const all = [];
  const heard = { candidates: [], descriptions: [] };
  const tracks = kind => all.flatMap(peer => peer.signalingState === 'closed' ? [] : peer.getReceivers().map(receiver => receiver.track)).filter(track => track.kind === kind);
  const relayed = config => window.__relay_only ? { ...config, iceTransportPolicy: 'relay' } : config;

  class Watched extends Native {
    constructor(config, ...rest) {
      super(relayed(config), ...rest);
      all.push(this);
      if (all.length === 1) requestAnimationFrame(look);
    }
    setConfiguration(config) {
      super.setConfiguration(relayed(config));
    }
    setRemoteDescription(description) {
      heard.descriptions.push(description.sdp);
      return super.setRemoteDescription(description);
    }
    addIceCandidate(candidate) {
      if (candidate?.candidate) heard.candidates.push(candidate.candidate);
      return super.addIceCandidate(candidate);
    }
  }
  window.RTCPeerConnection = Watched;

  const stats = async () => (await Promise.all(all.map(async peer => [...(await peer.getStats()).values()]))).flat();
  const sum = async (type, field) => (await stats()).filter(one => one.type === type).reduce((total, one) => total + (one[field] ?? 0), 0);
  // Kinds of the pair that carries: 'relay' as soon as one of its ends is relayed.
  const routes = async () => {
    const found = [];
    for (const peer of all) {
      if (peer.connectionState !== 'connected') continue;
      const report = await peer.getStats();
      for (const one of report.values()) {
        if (one.type !== 'transport' || !one.selectedCandidatePairId) continue;
        const pair = report.get(one.selectedCandidatePairId);
        const ends = [report.get(pair.localCandidateId), report.get(pair.remoteCandidateId)];
        found.push(ends.some(end => end?.candidateType === 'relay') ? 'relay' : 'direct');
      }
    }
    return found;
  };
  window.__peers = { all, heard, tracks, stats, sum, routes };

  // The first remote frame that is painted, and when each button was pressed: what the benches measure.
  window.__painted = [];
  window.__pressed = [];
  addEventListener('click', event => {
    const button = event.target.closest?.('button, a');
    if (button) window.__pressed.push([Date.now(), button.innerText.trim()]);
  }, true);
  const seen = new WeakMap();
  // A frame that comes while the door still stands in front of it is nothing that anybody sees.
  const paint = video => {
    if (video.checkVisibility({ visibilityProperty: true, opacityProperty: true })) window.__painted.push(Date.now());
    else video.requestVideoFrameCallback(() => paint(video));
  };
  // Looks at each frame, so not before there is a peer: many idle pages that draw sixty frames a second keep two cores busy.
  const look = () => {
    for (const video of document.querySelectorAll('video')) {
      const track = video.srcObject?.getVideoTracks?.().find(one => tracks('video').includes(one));
      if (!track || seen.get(video) === track) continue;
      seen.set(video, track);
      video.requestVideoFrameCallback(() => paint(video));
    }
    requestAnimationFrame(look);
  };
})();
