set -uo pipefail
# Takes away what was installed. A step that cannot be done is told of and does not keep the others from being done; the exit
# status says whether all were.
bundle='@BUNDLE@'
folder="{{.BundleDownloadPath}}/${bundle##*/}"
folder="${folder//:/-}"
notes=/var/lib/fleetui/before
failed=0
try() { "$@" || { echo "failed: $*" >&2; failed=1; }; }

for package in kubeadm kubelet kubectl kubernetes-cni cri-tools; do
  if dpkg --status "$package" >/dev/null 2>&1; then
    try apt-mark unhold "$package"
    try dpkg --purge "$package"
  fi
done

if [ -e "$notes/containerd-files" ]; then
  try systemctl disable --now containerd
  while read -r file; do
    if [ -n "$file" ] && [ ! -d "/$file" ]; then rm -f "/$file"; fi
  done < "$notes/containerd-files"
  try systemctl daemon-reload
fi
if [ -e "$folder/conf.tar" ]; then
  tar -tf "$folder/conf.tar" | while read -r file; do
    if [ ! -d "/$file" ]; then rm -f "/$file"; fi
  done
fi

# Only modules that were loaded for this; one that is in use stays, which harms nobody.
if [ -e "$notes/modules" ]; then
  while read -r module; do modprobe --remove "$module" 2>/dev/null || true; done < "$notes/modules"
fi

# Firewall and swap are as they were, not as somebody thinks they should be.
if [ -e "$notes/ufw" ] && grep -qx 'Status: active' "$notes/ufw"; then
  try ufw --force enable
fi
sed -i -E 's@^#fleetui# @@' /etc/fstab
if [ -s "$notes/swap" ]; then
  while read -r device; do try swapon "$device"; done < "$notes/swap"
fi

[ "$failed" -eq 0 ] && rm -rf "$folder" "$notes"
exit "$failed"
