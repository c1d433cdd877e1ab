set -euo pipefail
# Installs Kubernetes from a bundle, and notes what it changes of the system, so that taking it away restores what was there.
bundle='@BUNDLE@'
folder="{{.BundleDownloadPath}}/${bundle##*/}"
folder="${folder//:/-}"
notes=/var/lib/fleetui/before
mkdir -p "$folder" "$notes"

fetch() {
  if command -v oras >/dev/null; then
    oras pull --output "$folder" "$bundle"
  elif command -v imgpkg >/dev/null; then
    imgpkg pull --image "$bundle" --output "$folder"
  else
    echo "neither oras nor imgpkg is on this host, and one of them is needed to fetch $bundle" >&2
    return 1
  fi
}

[ -e "$folder/kubeadm.deb" ] || fetch

# Swap: only what was on is turned off, and only lines that were active are commented out.
if [ ! -e "$notes/swap" ]; then
  swapon --show=NAME --noheadings > "$notes/swap"
fi
swapoff --all
sed -i -E 's@^([^#].*[[:space:]]swap[[:space:]].*)$@#fleetui# \1@' /etc/fstab

# Firewall: what it was is kept.
if command -v ufw >/dev/null; then
  [ -e "$notes/ufw" ] || ufw status | head -n 1 > "$notes/ufw"
  ufw disable
fi

for module in overlay br_netfilter; do
  if ! grep -qw "^$module" /proc/modules; then
    echo "$module" >> "$notes/modules"
    modprobe "$module"
  fi
done
tar -C / -xf "$folder/conf.tar"
sysctl --system >/dev/null

for package in cri-tools kubernetes-cni kubectl kubelet kubeadm; do
  if [ -e "$folder/$package.deb" ]; then
    dpkg --install "$folder/$package.deb"
    apt-mark hold "$package"
  fi
done

tar -tf "$folder/containerd.tar" > "$notes/containerd-files"
tar -C / -xf "$folder/containerd.tar"
systemctl daemon-reload
systemctl enable --now containerd
